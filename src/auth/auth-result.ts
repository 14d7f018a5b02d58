import type { Client } from './client.ts';

/** Who asks, as far as that could be found out. */
export interface Verdict {
  /** Undefined when the caller has no name: it was refused, or nobody is asked for one. */
  readonly client: Client | undefined;
  /** Undefined when the caller gets in. */
  readonly refusal: Refusal | undefined;
}

/** Why a caller does not get in. */
export interface Refusal {
  /**
   * `missing`: no credential was sent. `key`, `token`: the one sent is not valid. `unchecked`: it may be, but what tokens
   * are checked with cannot be had now.
   */
  readonly kind: 'missing' | 'key' | 'token' | 'unchecked';
  /** For the log alone: a word or an error code. Never a part of the credential. */
  readonly reason: string;
  /** Group by which a wrong credential is counted; undefined where none was sent or none was checked. */
  readonly guess?: string | undefined;
}

export function admitted(client: Client | undefined): Verdict {
  return { client, refusal: undefined };
}

export function refused(kind: Refusal['kind'], reason: string, guess?: string): Verdict {
  return { client: undefined, refusal: { kind, reason, guess } };
}
