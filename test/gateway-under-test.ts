import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { type Emulator, type EmulatorOptions, startEmulator } from '../emulator/emulator.ts';
import { createGateway, type GatewayOptions } from '../src/gateway.ts';

/** A GraphQL answer as tests look at it. */
export interface Answer {
  // biome-ignore lint/suspicious/noExplicitAny: the shape is the query's, and expectations check it
  readonly data?: any;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions: Record<string, unknown>;
  }[];
}

/** A gateway on a real socket before an emulator on another. */
export interface GatewayUnderTest extends AsyncDisposable {
  readonly emulator: Emulator;
  /** Scheme, host and port. */
  readonly origin: string;
  /** What the gateway has logged, a parsed line each. */
  readonly logged: Record<string, unknown>[];
  /** @param path of the endpoint, /graphql unless told otherwise */
  ask(query: string, variables?: Record<string, unknown>, init?: RequestInit, path?: string): Promise<Answer>;
}

/** Starts both on free ports. `await using` ends both. */
export async function startGateway(
  options: { emulator?: EmulatorOptions; gateway?: Partial<GatewayOptions>; origin?: string } = {},
): Promise<GatewayUnderTest> {
  const emulator = await startEmulator({ stepMs: 0, ...options.emulator });
  const { accessKeyId, accessKeySecret } = emulator;
  const securityToken = emulator.securityToken ?? undefined;
  const logged: Record<string, unknown>[] = [];
  const log = pino(
    { level: 'trace' },
    new Writable({
      write(chunk, _encoding, done) {
        logged.push(JSON.parse(String(chunk)));
        done();
      },
    }),
  );
  const gateway = createGateway(
    {
      deadlineMs: 2000,
      maxBodyBytes: 100_000,
      // Every call is seen; tests of the cache turn it on.
      cache: { ttlMs: 0, staleIfErrorMs: 0 },
      graphiql: true,
      introspection: true,
      ...options.gateway,
    },
    {
      kind: 'emulator',
      origin: options.origin ?? emulator.endpoint,
      credentials: async () => ({ accessKeyId, accessKeySecret, securityToken }),
    },
    log,
  );
  const server = createServer(gateway.listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    emulator,
    origin,
    logged,
    async ask(query, variables = {}, init = {}, path = '/graphql') {
      const response = await fetch(origin + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
        ...init,
      });
      return (await response.json()) as Answer;
    },
    async [Symbol.asyncDispose]() {
      await gateway.stop(server, 0);
      await emulator.close();
    },
  };
}
