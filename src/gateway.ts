import type { RequestListener, Server } from 'node:http';
import type { GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import type { Observer } from './observer.ts';
import { maskErrorsWith } from './plugins/use-errors.ts';
import { rulesFor } from './plugins/use-rules.ts';
import { createSchema } from './schema/index.ts';
import { Drain } from './server/drain.ts';
import { createGraphiql } from './server/graphiql/index.ts';
import { createEndpoint } from './server/graphql/endpoint.ts';
import { health, type Readiness, ready } from './server/health.ts';
import { createListener } from './server/listener.ts';
import { type Handler, lazily, type Routes, readOnly, withHeaders } from './server/routes.ts';
import { createTelemetry } from './telemetry.ts';
import { API_VERSION, ImsClient } from './upstream/ims.ts';
import { RpcClient } from './upstream/rpc.ts';
import type { Credentials } from './upstream/sign.ts';
import { CachedSource, type CacheTimes } from './voice-jobs/cached-source.ts';
import { Freshness } from './voice-jobs/freshness.ts';
import { JobLoader } from './voice-jobs/job-loader.ts';
import { PageLoader } from './voice-jobs/page-loader.ts';
import { UpstreamSource } from './voice-jobs/upstream-source.ts';

/** The upstream that one gateway reads from. */
export interface Upstream {
  readonly kind: 'emulator' | 'alibaba';
  /** Scheme, host and port. */
  readonly origin: string;
  readonly credentials: () => Promise<Credentials>;
}

/** What the operator decides. */
export interface GatewayOptions {
  /** One deadline for all tries of one upstream read, in milliseconds. */
  readonly deadlineMs: number;
  /** Largest request body. */
  readonly maxBodyBytes: number;
  readonly cache: CacheTimes;
  readonly graphiql: boolean;
  readonly introspection: boolean;
}

/** A gateway that listens to nothing yet. */
export interface Gateway {
  readonly listener: RequestListener;
  /** Says at `/ready` why requests should go elsewhere; undefined when they are welcome. */
  setNotReady(reason: string | undefined): void;
  /** Lets running requests finish within `patienceMs`, refuses new ones, then lets go of the server and the upstream. */
  stop(server: Server, patienceMs: number): Promise<void>;
}

/** Puts the parts together. Reads no environment and opens no port. */
export function createGateway(options: GatewayOptions, upstream: Upstream, log: Logger): Gateway {
  const telemetry = createTelemetry(log);
  let lastOutcome: Readiness['upstream']['lastOutcome'];
  const observer: Observer = {
    ...telemetry.observer,
    upstreamCall(event) {
      if (event.outcome === 'NOT_FOUND') lastOutcome = 'OK';
      else if (event.outcome !== 'CANCELLED') lastOutcome = event.outcome;
      telemetry.observer.upstreamCall(event);
    },
  };
  const rpc = new RpcClient({
    origin: upstream.origin,
    version: API_VERSION,
    deadlineMs: options.deadlineMs,
    credentials: upstream.credentials,
    observer,
  });
  const drain = new Drain();
  let notReady: string | undefined;

  const direct = new UpstreamSource(new ImsClient(rpc), observer);
  const source = options.cache.ttlMs === 0 ? direct : new CachedSource(direct, options.cache);
  const rules = rulesFor(options);
  const handlerOf = (path: string, schema: GraphQLSchema) =>
    createEndpoint({
      path,
      schema,
      rules,
      maskedErrors: maskErrorsWith(log),
      maxBodyBytes: options.maxBodyBytes,
      ttlMs: options.cache.ttlMs,
      answered: telemetry.answered,
      context(caller) {
        const freshness = new Freshness();
        const pages = new PageLoader(source, freshness, caller);
        return { pages, jobs: new JobLoader(source, pages, freshness, caller), freshness };
      },
    });
  const graphql = handlerOf('/graphql', createSchema());
  const subgraph = lazily(async () => {
    const { createSubgraphSchema } = await import('./schema/subgraph.ts');
    return handlerOf('/subgraph', createSubgraphSchema());
  });
  const graphiql = options.graphiql ? createGraphiql() : undefined;
  const others: [path: string, handler: Handler][] = [
    ...(graphiql?.routes ?? []),
    ['/health', health],
    [
      '/ready',
      ready(() => ({
        reason: drain.draining ? 'shutting down' : notReady,
        upstream: { kind: upstream.kind, lastOutcome },
      })),
    ],
    [
      '/metrics',
      readOnly(async (_request, response) => {
        const text = await telemetry.metrics();
        response.writeHead(200, { 'content-type': telemetry.contentType }).end(text);
      }),
    ],
  ];
  const routes: Routes = new Map([
    ['/graphql', graphiql?.before(graphql) ?? graphql],
    ['/subgraph', subgraph],
    ...others.map(([path, handler]) => [path, withHeaders(handler)] as const),
  ]);

  return {
    listener: createListener({
      routes,
      probes: new Set(['/health', '/ready']),
      headers: upstream.kind === 'emulator' ? { 'x-upstream': 'emulator' } : {},
      drain,
      log,
    }),
    setNotReady: (reason) => {
      notReady = reason;
    },
    async stop(server, patienceMs) {
      await drain.stop(server, patienceMs);
      await rpc.close();
    },
  };
}
