import { hash } from 'node:crypto';
import type { Credentials } from './sign.ts';

/** Stands for a role that is not named. */
const UNNAMED = 'sts';

/**
 * Tells accounts apart without naming one: what two replicas may share, which read the same jobs. A short text for keys
 * that everybody may see; nothing can be learnt from it. Temporary keys differ by replica and change by the hour, so with
 * them it is the role that counts.
 *
 * @param origin of the upstream: scheme, host and port
 * @param role that temporary keys are of; replicas with temporary keys of no known role count as one
 */
export function accountTag(origin: string, credentials: Credentials, role: string | undefined): string {
  const { accessKeyId, securityToken } = credentials;
  const who = securityToken === undefined ? `key ${accessKeyId}` : `role ${role ?? UNNAMED}`;
  return hash('sha256', `${origin}\n${who}`, 'base64url').slice(0, 16);
}
