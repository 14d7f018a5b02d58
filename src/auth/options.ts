import type { ForwardProxy } from '../upstream/proxy.ts';
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
  /** The proxy that the JWKS is read through; undefined: none. */
  readonly jwksProxy?: ForwardProxy | undefined;
  /** What `iss` has to be. */
  readonly issuer: string;
  /** One of these has to be the token's `aud`, or in it. Empty: no token with an `aud` is taken. */
  readonly audiences: readonly string[];
  /**
   * Clients whose tokens are taken without an `aud`, by `client_id` or `azp`. Access tokens of Amazon Cognito are such tokens.
   * Empty: every token needs an `aud`.
   */
  readonly clientIds: readonly string[];
}
