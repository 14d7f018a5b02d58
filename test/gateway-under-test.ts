import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { type Emulator, type EmulatorOptions, startEmulator } from '../emulator/emulator.ts';
import { loadConfig } from '../src/config/load.ts';
import { createGateway, type GatewayOptions } from '../src/gateway.ts';
import { createLog, createMask } from '../src/log/create-log.ts';
import { createHttpServer, TIMEOUTS, type Timeouts } from '../src/server/http/http-server.ts';
import { startTracing } from '../src/telemetry/trace/tracing.ts';
import type { ForwardProxy } from '../src/upstream/proxy.ts';
import type { Credentials } from '../src/upstream/sign.ts';
import { Recording } from './secrets/recording.ts';

/** A GraphQL response as tests read it. */
export interface Answer {
  // biome-ignore lint/suspicious/noExplicitAny: the shape is the query's, and expectations check it
  readonly data?: any;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions: Record<string, unknown>;
  }[];
}

/** A gateway with an emulator as its upstream, both with real sockets. */
export interface GatewayUnderTest extends AsyncDisposable {
  readonly emulator: Emulator;
  /** Scheme, host and port. */
  readonly origin: string;
  /** Parsed lines of the gateway's log. */
  readonly logged: Record<string, unknown>[];
  /** @param path of the endpoint. @default /graphql */
  ask(query: string, variables?: Record<string, unknown>, init?: RequestInit, path?: string): Promise<Answer>;
}

/** Options that differ from the defaults of these tests. */
export type GatewayUnderTestOptions = Partial<Omit<GatewayOptions, 'limits' | 'tracing'>> & {
  /** Where to export traces. @default no export */
  readonly otlpEndpoint?: string | undefined;
  /** Further OpenTelemetry variables, as in a process environment. */
  readonly otel?: Readonly<Record<string, string>>;
  readonly limits?: Partial<GatewayOptions['limits']>;
};

/** Starts both on free ports. `await using` stops both. */
export async function startGateway(
  options: {
    emulator?: EmulatorOptions;
    gateway?: GatewayUnderTestOptions;
    origin?: string;
    /** Forward proxy to the upstream. @default none */
    proxy?: ForwardProxy;
    /** Credential source, called for each lookup. @default credentials of the emulator */
    credentials?: () => Promise<Credentials>;
    timeouts?: Partial<Timeouts>;
  } = {},
): Promise<GatewayUnderTest & { readonly server: Server }> {
  const emulator = await startEmulator({ stepMs: 0, ...options.emulator });
  const { accessKeyId, accessKeySecret } = emulator;
  const securityToken = emulator.securityToken ?? undefined;
  const logged: Record<string, unknown>[] = [];
  const recording = new Recording();
  recording.keepSecret('access key id of the emulator', accessKeyId);
  recording.keepSecret('access key secret of the emulator', accessKeySecret);
  recording.keepSecret('security token of the emulator', securityToken);
  const log = createLog(
    'trace',
    createMask(),
    new Writable({
      write(chunk, _encoding, done) {
        recording.add(String(chunk));
        logged.push(JSON.parse(String(chunk)));
        done();
      },
    }),
  );
  const { otlpEndpoint, otel, ...gatewayOptions } = options.gateway ?? {};
  const config = loadConfig({
    ...(otlpEndpoint !== undefined && { OTEL_EXPORTER_OTLP_ENDPOINT: otlpEndpoint }),
    // The default of five seconds would delay each test of traces.
    OTEL_BSP_SCHEDULE_DELAY: '50',
    ...otel,
  });
  const gateway = createGateway(
    {
      tracing: await startTracing(config.tracing, log),
      // Only tests of deadlines time out on a stalled machine.
      deadlineMs: 10_000,
      // Only tests of the rate limit wait in a queue.
      maxRequestsPerSecond: 100_000,
      // Each read reaches the emulator. Tests of the cache enable it.
      cache: { ttlMs: 0, staleIfErrorMs: 0 },
      redisUrl: undefined,
      livePollMs: 100,
      auth: { apiKeys: [], jwt: undefined },
      corsOrigins: [],
      trustedDocuments: undefined,
      graphiql: true,
      console: undefined,
      introspection: true,
      ...gatewayOptions,
      limits: {
        bodyBytes: 100_000,
        requestsPerMinute: 0,
        depth: 12,
        complexity: 2500,
        searchCalls: 10,
        ...gatewayOptions.limits,
      },
    },
    {
      kind: 'emulator',
      origin: options.origin ?? emulator.endpoint,
      proxy: options.proxy,
      credentials: options.credentials ?? (async () => ({ accessKeyId, accessKeySecret, securityToken })),
    },
    log,
  );
  const server = createHttpServer(gateway.listener, { ...TIMEOUTS, ...options.timeouts });
  recording.watch(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    emulator,
    origin,
    server,
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
      recording.end();
    },
  };
}
