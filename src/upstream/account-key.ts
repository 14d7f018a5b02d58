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

/** The account key of the credentials that a gateway uses at the moment. */
export class CurrentAccount {
  readonly #origin: string;
  readonly #credentials: CredentialCache;
  readonly #onChange: (isKnown: boolean) => void;
  /** Of the last credentials, so that not every Redis command pays for a hash. */
  #last: { readonly credentials: Credentials; readonly key: string | undefined } | undefined;

  /** @param onChange called when credentials of an unknown account come into use, and when known ones do after that */
  constructor(origin: string, credentials: CredentialCache, onChange: (isKnown: boolean) => void) {
    this.#origin = origin;
    this.#credentials = credentials;
    this.#onChange = onChange;
  }

  /** Undefined where the account is not known. @throws UpstreamError UPSTREAM_DENIED while there are no credentials */
  async key(): Promise<string | undefined> {
    const credentials = await this.#credentials.get();
    if (this.#last?.credentials === credentials) return this.#last.key;
    const wasKnown = this.#last === undefined || this.#last.key !== undefined;
    const key = accountKey(this.#origin, credentials);
    this.#last = { credentials, key };
    if (wasKnown !== (key !== undefined)) this.#onChange(key !== undefined);
    return key;
  }
}
