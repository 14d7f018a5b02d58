import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTHeaderParameters,
  SignJWT,
} from 'jose';
import type { JwtOptions } from '../../src/auth/jwt.ts';

/** A key pair; the JWKS may contain its public key. */
export interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

/** Identity provider: issues tokens and serves a JWKS. */
export interface IdentityProvider extends AsyncDisposable {
  /** Configuration of a gateway that trusts this provider. */
  readonly options: JwtOptions;
  /** Keys in the JWKS. */
  readonly shown: Map<string, SigningKey>;
  /** Number of requests for the JWKS. */
  readonly reads: number;
  /** Number of open connections. */
  readonly open: number;
  /** Replaces the JWKS response; `undefined` restores it. */
  misbehave(answer: ((response: ServerResponse) => void) | undefined): void;
  /** Creates a token that is valid for ten minutes, with the given changes. An undefined claim is left out. */
  token(
    claims?: Record<string, unknown>,
    key?: SigningKey,
    header?: Partial<JWTHeaderParameters>,
  ): Promise<string>;
}

/** Creates a key that is not in the JWKS yet. */
export async function makeKey(kid: string, alg = 'ES256'): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid } };
}

/** Starts a provider on a free port, with one key `first` in its JWKS. `await using` stops it. */
export async function startIdentityProvider(): Promise<IdentityProvider> {
  const first = await makeKey('first');
  const shown = new Map([[first.kid, first]]);
  let reads = 0;
  let wrong: ((response: ServerResponse) => void) | undefined;
  const server = createServer((_request, response) => {
    reads++;
    if (wrong !== undefined) return wrong(response);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ keys: [...shown.values()].map(({ publicJwk }) => publicJwk) }));
  });
  // The client closes idle connections.
  server.keepAliveTimeout = 600_000;
  let open = 0;
  server.on('connection', (socket) => {
    open++;
    socket.on('close', () => open--);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const options = { jwksUrl: `${issuer}/keys`, issuer, audiences: ['voice-jobs'], clientIds: [] };
  return {
    options,
    shown,
    get reads() {
      return reads;
    },
    get open() {
      return open;
    },
    misbehave(answer) {
      wrong = answer;
    },
    async token(claims = {}, key = first, header = {}) {
      const now = Math.floor(Date.now() / 1000);
      const all = {
        iss: issuer,
        aud: options.audiences[0],
        sub: 'somebody',
        iat: now,
        exp: now + 600,
        ...claims,
      };
      const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
      return new SignJWT(given)
        .setProtectedHeader({ alg: key.alg, kid: key.kid, ...header })
        .sign(key.privateKey);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
