import { hash } from 'node:crypto';
import type { CredentialCache } from './credential-cache.ts';
import type { Credentials } from './sign.ts';

/** ARN of a role with the number of its account, without which any account may have a role of that name. */
const ROLE_OF_AN_ACCOUNT = /^acs:ram::\d{6,20}:role\/[\w.-]{1,64}$/;

/**
 * A hash that names the account of these credentials without revealing it: replicas with equal keys share what they read. A
 * long-lived access key belongs to one account for good. Temporary keys differ by replica and change by the hour, so they are
 * named by their role.
 *
 * @param origin of the upstream: scheme, host and port
 * @returns undefined where the account is not certain: then nothing may be shared
 */
export function accountKey(origin: string, credentials: Credentials): string | undefined {
  const { accessKeyId, securityToken, roleArn } = credentials;
  if (securityToken !== undefined && !(roleArn !== undefined && ROLE_OF_AN_ACCOUNT.test(roleArn)))
    return undefined;
  const owner = securityToken === undefined ? `key ${accessKeyId}` : `role ${roleArn}`;
  return hash('sha256', `${origin}\n${owner}`, 'base64url').slice(0, 16);
}

/**
 * Returns the account key of the credentials that are in use; undefined where the account is not known. The returned function
 * rejects with UpstreamError UPSTREAM_DENIED while there are no credentials.
 *
 * @param onChange called when credentials of an unknown account come into use, and when known ones do after that
 */
export function currentAccount(
  origin: string,
  credentials: CredentialCache,
  onChange: (isKnown: boolean) => void,
): () => Promise<string | undefined> {
  // Of the last credentials, so that not every Redis command pays for a hash.
  let last: { readonly credentials: Credentials; readonly key: string | undefined } | undefined;
  return async () => {
    const current = await credentials.get();
    if (last?.credentials === current) return last.key;
    const wasKnown = last === undefined || last.key !== undefined;
    const key = accountKey(origin, current);
    last = { credentials: current, key };
    if (wasKnown !== (key !== undefined)) onChange(key !== undefined);
    return key;
  };
}
