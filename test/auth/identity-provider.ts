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

/** A pair of keys, of which the provider may show the public one. */
export interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

/** What issues tokens, with its public keys behind a URL. */
export interface IdentityProvider extends AsyncDisposable {
  /** What a gateway that trusts it is configured with. */
  readonly options: JwtOptions;
  /** The keys it shows. */
  readonly shown: Map<string, SigningKey>;
  /** How often the keys were asked for. */
  readonly reads: number;
  /** Connections that are open now. */
  readonly open: number;
  /** Answers otherwise than with the keys until it is told `undefined`. */
  misbehave(answer: ((response: ServerResponse) => void) | undefined): void;
  /** A token that is valid for ten minutes, but for what is said. A claim that is undefined is left out. */
  token(
    claims?: Record<string, unknown>,
    key?: SigningKey,
    header?: Partial<JWTHeaderParameters>,
  ): Promise<string>;
}

/** Makes a key that the provider does not show yet. */
export async function makeKey(kid: string, alg = 'ES256'): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid } };
}

/** Starts a provider on a free port; it shows one key, `first`. `await using` ends it. */
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
  // Idle connections are the client's to close.
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
