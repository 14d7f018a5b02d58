import { hash } from 'node:crypto';
import type { CredentialCache } from './credential-cache.ts';
import type { Credentials } from './sign.ts';

/** An ARN of a role that names its account by number; without the number any account may have a role of that name. */
const ROLE_OF_AN_ACCOUNT = /^acs:ram::\d{6,20}:role\/[\w.-]{1,64}$/;

/**
 * A short key for the account whose jobs these credentials read: replicas with equal keys share what they read. It tells
 * nothing about the account. A long-lived access key belongs to one account for good. Temporary keys differ by replica and
 * change by the hour, so they are known by the role that they are of.
 *
 * @param origin of the upstream: scheme, host and port
 * @returns undefined where nothing proves which account it is: then nothing may be shared
 */
export function accountKey(origin: string, credentials: Credentials): string | undefined {
  const { accessKeyId, securityToken, roleArn } = credentials;
  if (securityToken === undefined) return keyOf(origin, `key ${accessKeyId}`);
  return roleArn !== undefined && ROLE_OF_AN_ACCOUNT.test(roleArn)
    ? keyOf(origin, `role ${roleArn}`)
    : undefined;
}

function keyOf(origin: string, who: string): string {
  return hash('sha256', `${origin}\n${who}`, 'base64url').slice(0, 16);
}

/** The account key of the credentials that a gateway uses at the moment. */
export class CurrentAccount {
  readonly #origin: string;
  readonly #credentials: CredentialCache;
  readonly #turned: (isKnown: boolean) => void;
  /** Of the credentials that were asked about last: hashing for every Redis command would cost more than a Map lookup. */
  #last: { readonly credentials: Credentials; readonly key: string | undefined } | undefined;

  /** @param turned called when credentials of an unknown account come into use, and when known ones do after that */
  constructor(origin: string, credentials: CredentialCache, turned: (isKnown: boolean) => void) {
    this.#origin = origin;
    this.#credentials = credentials;
    this.#turned = turned;
  }

  /** Undefined where the account is not known. @throws UpstreamError UPSTREAM_DENIED while there are no credentials */
  async key(): Promise<string | undefined> {
    const credentials = await this.#credentials.get();
    if (this.#last?.credentials === credentials) return this.#last.key;
    const wasKnown = this.#last === undefined || this.#last.key !== undefined;
    const key = accountKey(this.#origin, credentials);
    this.#last = { credentials, key };
    if (wasKnown !== (key !== undefined)) this.#turned(key !== undefined);
    return key;
  }
}
