import type { ApiKey } from './api-key.ts';

/** Whom the gateway lets in. Without keys and without tokens: everybody. */
export interface AuthOptions {
  readonly apiKeys: readonly ApiKey[];
  /** Tokens signed with a key of a JWKS; undefined where none are taken. */
  readonly jwt: JwtOptions | undefined;
}

/** Which tokens are taken. */
export interface JwtOptions {
  readonly jwksUrl: string;
  /** What `iss` has to be. */
  readonly issuer: string;
  /** What `aud` has to be, or hold. */
  readonly audience: string;
}
