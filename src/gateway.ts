import type { RequestListener, Server } from 'node:http';
import type { GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import { type AuthOptions, createAuthenticator } from './auth/authenticator.ts';
import { once } from './cache/memoize.ts';
import { DocumentCache } from './limits/checked-document.ts';
import type { Observer } from './observer.ts';
import { type Caller, Freshness } from './paging/caller.ts';
import type { DirectSource } from './paging/direct-source.ts';
import { ListReaders } from './paging/list-reader.ts';
import { type CacheTimes, PageCache } from './paging/page-cache.ts';
import type { RowSource } from './paging/page-source.ts';
import { RowLoader } from './paging/row-loader.ts';
import type { ListRow } from './paging/row-range.ts';
import { SharedSource } from './paging/shared-source.ts';
import { KEY_PREFIX } from './redis/lua-scripts.ts';
import type { SentinelCredentials } from './redis/redis-client.ts';
import { RedisConnection, type ReplicaNamespace } from './redis/redis-connection.ts';
import type { GatewayContext } from './schema/builder.ts';
import { createSchema } from './schema/index.ts';
import { AccessControl } from './server/access/access-control.ts';
import { createClientAddress } from './server/access/client-address.ts';
import {
  MemoryRateLimitStore,
  type RateLimitStore,
  RedisRateLimitStore,
} from './server/access/client-rate-limit.ts';
import { createEndpoint } from './server/graphql/endpoint.ts';
import { createErrorMask } from './server/graphql/error-mask.ts';
import { type Executor, ExecutorMetrics } from './server/graphql/executor-metrics.ts';
import {
  NO_DOCUMENTS,
  operationNamesIn,
  type TrustedDocuments,
  withOwn,
} from './server/graphql/trusted-documents.ts';
import type { EndpointOptions } from './server/graphql/yoga.ts';
import { compress, sendEncoded } from './server/http/compression.ts';
import { createCors } from './server/http/cors.ts';
import { GracefulShutdown } from './server/http/graceful-shutdown.ts';
import { health, type Readiness, ready } from './server/http/health.ts';
import { createListener, type ListenerOptions } from './server/http/listener.ts';
import { createHostCheck, rejectCrossSite } from './server/http/origin-checks.ts';
import type { Handler, RequestContext } from './server/http/request-context.ts';
import { readOnly } from './server/http/responses.ts';
import { SendBacklog } from './server/http/send-backlog.ts';
import type { Console } from './server/pages/console.ts';
import { createGraphiql } from './server/pages/graphiql.ts';
import { RequestRecorder } from './server/record/request-recorder.ts';
import { createHttpSubscriptions, type StreamsContext } from './server/subscriptions/http-subscriptions.ts';
import { OpenStreams } from './server/subscriptions/open-streams.ts';
import { SubscriptionSource } from './server/subscriptions/subscription-source.ts';
import { createWsRoute } from './server/subscriptions/ws-route.ts';
import {
  createTelemetry,
  exposeRedisMetrics,
  exposeSpanMetrics,
  exposeUpstreamMetrics,
  type Telemetry,
} from './telemetry/telemetry.ts';
import type { Tracing } from './telemetry/trace/tracing.ts';
import { CredentialCache, currentAccount } from './upstream/credential-cache.ts';
import { API_VERSION, ImsClient } from './upstream/ims.ts';
import type { ForwardProxy } from './upstream/proxy.ts';
import { RpcClient } from './upstream/rpc.ts';
import type { Credentials } from './upstream/sign.ts';
import { jobSource } from './voice-jobs/job-list.ts';
import { JobRegistry } from './voice-jobs/watch/job-registry.ts';
import { JobSubscriptions } from './voice-jobs/watch/job-subscriptions.ts';
import { LeaderElection } from './voice-jobs/watch/leader.ts';
import { voiceSource } from './voices/voice-list.ts';

/** The upstream of a gateway. */
export interface Upstream {
  readonly kind: 'emulator' | 'alibaba';
  /** Scheme, host and port. */
  readonly origin: string;
  /** Forward proxy; undefined for a direct connection. */
  readonly proxy?: ForwardProxy | undefined;
  /** Looks credentials up. Called rarely, and never concurrently. */
  readonly credentials: () => Promise<Credentials>;
}

/** Options of a gateway. */
export interface GatewayOptions {
  /** One deadline for all attempts of an upstream read, in milliseconds. */
  readonly deadlineMs: number;
  /** Maximum number of upstream requests in any second; every attempt counts. */
  readonly maxRequestsPerSecond: number;
  readonly cache: CacheTimes;
  /** Redis shared by all replicas; undefined for a single replica. */
  readonly redisUrl: string | undefined;
  /** Timeout of a Redis command, in milliseconds, after which the replica continues without Redis. @default 50 */
  readonly redisDeadlineMs?: number;
  /** Credentials for the Sentinels of `redisUrl`; undefined if they need none. */
  readonly redisSentinel?: SentinelCredentials | undefined;
  /** Poll interval of subscribed jobs, in milliseconds. */
  readonly livePollMs: number;
  /** Creates spans, and is closed with the gateway; undefined when tracing is off. */
  readonly tracing?: Tracing | undefined;
  readonly auth: AuthOptions;
  /** Origins of web pages that may read responses. */
  readonly corsOrigins: readonly string[];
  /** Host name that the gateway listens on; always trusted. @default '127.0.0.1' */
  readonly host?: string;
  /**
   * Trusted host names in addition to loopback names and `host`; `*.example.com` matches every name below. Other host names
   * are rejected, unless authentication is on and this list is empty. @default []
   */
  readonly trustedHosts?: readonly string[];
  /** Addresses and CIDR ranges of proxies whose `x-forwarded-for` is trusted. @default [] */
  readonly trustedProxies?: readonly string[];
  /** Undefined: every document is accepted. */
  readonly trustedDocuments: TrustedDocuments | undefined;
  readonly limits: {
    /** Maximum size of a request body, in bytes. */
    readonly bodyBytes: number;
    /** Per client; 0 means no limit. */
    readonly requestsPerMinute: number;
    readonly depth: number;
    readonly complexity: number;
    /** Maximum number of upstream calls of one search. */
    readonly searchCalls: number;
  };
  /** Executes repeated queries. @default 'compiled' */
  readonly executor?: Executor;
  readonly graphiql: boolean;
  /** Undefined when there is none. */
  readonly console: Console | undefined;
  readonly introspection: boolean;
}

/** A gateway that does not listen yet. */
export interface Gateway {
  readonly listener: RequestListener;
  /** Resolves credentials for the upstream. @throws UpstreamError UPSTREAM_DENIED when there are none */
  resolveCredentials(): Promise<void>;
  /** Makes `/ready` report 503 with a reason; undefined makes it report 200. */
  setNotReady(reason: string | undefined): void;
  /**
   * Shuts down gracefully: running requests may finish within `gracePeriodMs`, new ones are rejected; then closes the server
   * and all clients.
   */
  stop(server: Server, gracePeriodMs: number): Promise<void>;
}

/** Why replicas with Redis share no pages and no quota, for the log. */
const UNKNOWN_ACCOUNT =
  'the account of the temporary credentials is unknown; only a long-lived access key, or ALIBABA_CLOUD_ROLE_ARN with OIDC, identifies the account';

/** Timeout of JWKS requests, in milliseconds: callers wait for them. */
const JWKS_TIMEOUT_MS = 2000;

/** Builds the gateway's parts in order of dependency. Reads no environment and opens no port. */
export function createGateway(options: GatewayOptions, upstream: Upstream, log: Logger): Gateway {
  const telemetry = createTelemetry(log);
  const client = createUpstreamClient(options, upstream, telemetry, log);
  const reads = createReads(options, client);
  const access = createAccess(options, client.redis, log);
  const endpoints = createEndpoints(options, reads.context, access.control, telemetry, log);
  const shutdown = new GracefulShutdown();
  let notReady: string | undefined;
  const readiness = (): Readiness => ({
    reason: shutdown.hasBegun ? 'shutting down' : notReady,
    upstream: { kind: upstream.kind, lastOutcome: client.lastOutcome(), ...client.rpc.state },
    redis: client.redis?.state ?? 'off',
  });

  return {
    listener: createListener({
      routes: createRoutes(options, endpoints, access, telemetry, readiness),
      isTrustedHost: access.isTrustedHost,
      addressOf: createClientAddress(options.trustedProxies ?? []),
      headers: {
        'x-content-type-options': 'nosniff',
        ...(upstream.kind === 'emulator' && { 'x-upstream': 'emulator' }),
      },
      cors: options.corsOrigins.length === 0 ? undefined : createCors(options.corsOrigins),
      shutdown,
      record: (context) => endpoints.recorder.record(context),
      backlog: endpoints.streams.backlog,
      tracer: options.tracing?.tracer,
      log,
    }),
    async resolveCredentials() {
      await client.account();
    },
    setNotReady: (reason) => {
      notReady = reason;
    },
    async stop(server, gracePeriodMs) {
      const stopped = shutdown.stop(server, gracePeriodMs);
      endpoints.streams.open.end();
      await stopped;
      await reads.live.close();
      client.redis?.close();
      client.rpc.close();
      await access.authenticator?.close();
      await options.tracing?.close();
    },
  };
}

/**
 * The signed client of the vendor's API, with the Redis through which replicas share its quota (undefined for a single
 * replica).
 */
function createUpstreamClient(
  options: GatewayOptions,
  upstream: Upstream,
  telemetry: Telemetry,
  log: Logger,
) {
  // Outcome of the latest call that was not cancelled; undefined before the first.
  let lastOutcome: Readiness['upstream']['lastOutcome'];
  const observer: Observer = {
    ...telemetry.observer,
    upstreamCall(event) {
      if (event.outcome === 'NOT_FOUND') lastOutcome = 'OK';
      else if (event.outcome !== 'CANCELLED' && event.outcome !== 'INTERNAL_SERVER_ERROR')
        lastOutcome = event.outcome;
      telemetry.observer.upstreamCall(event);
    },
  };
  const credentials = new CredentialCache(upstream.credentials);
  const account = currentAccount(upstream.origin, credentials, (isKnown) => {
    if (options.redisUrl === undefined) return;
    if (isKnown) log.info('pages, quota and events are shared through Redis again');
    else log.warn({ reason: UNKNOWN_ACCOUNT }, 'pages, quota and events are not shared through Redis');
  });
  const redis =
    options.redisUrl === undefined
      ? undefined
      : new RedisConnection(options.redisUrl, log, {
          sentinel: options.redisSentinel,
          deadlineMs: options.redisDeadlineMs,
        });
  const shared = redis && { redis, prefix: KEY_PREFIX, account };
  const rpc = new RpcClient({
    origin: upstream.origin,
    proxy: upstream.proxy,
    version: API_VERSION,
    deadlineMs: options.deadlineMs,
    maxRequestsPerSecond: options.maxRequestsPerSecond,
    credentials,
    shared,
    observer,
  });
  exposeUpstreamMetrics(telemetry.metrics, options.maxRequestsPerSecond, () => rpc.state);
  if (redis !== undefined) exposeRedisMetrics(telemetry.metrics, redis);
  return { rpc, account, observer, redis, shared, lastOutcome: () => lastOutcome };
}

/** Cached reads of pages and rows by id, and live status of jobs. */
function createReads(
  options: GatewayOptions,
  { rpc, observer, shared }: ReturnType<typeof createUpstreamClient>,
) {
  const { searchCalls } = options.limits;
  const ims = new ImsClient(rpc);
  const registry = new JobRegistry();
  const jobs = createSource(jobSource(ims, observer, registry), options, shared);
  const voices = createSource(voiceSource(ims, observer), options, shared);
  const live = new JobSubscriptions({
    source: jobs,
    observer,
    jobs: registry,
    pollMs: options.livePollMs,
    spareCalls: () => rpc.spareCalls,
    leadership: shared && new LeaderElection(registry, shared),
  });
  return {
    live,
    /** Creates the context that the resolvers of one operation share. */
    context(caller: Caller): GatewayContext {
      const freshness = new Freshness();
      const loaderOf = <List extends string, Row extends ListRow>(source: RowSource<List, Row>) =>
        new RowLoader(new ListReaders(source, freshness, caller));
      return { caller, jobs: loaderOf(jobs), voices: loaderOf(voices), freshness, live, searchCalls };
    },
  };
}

/** Adds caches to a source: pages in memory, and pages of other replicas. */
function createSource<List extends string, Row extends ListRow>(
  direct: DirectSource<List, Row>,
  { cache, deadlineMs }: GatewayOptions,
  shared: ReplicaNamespace | undefined,
): RowSource<List, Row> {
  const replicas = shared && new SharedSource(direct, shared, cache, deadlineMs);
  return cache.ttlMs === 0 ? direct : new PageCache(replicas ?? direct, cache, deadlineMs / 2, replicas);
}

/** Authentication, rate limit and trusted host names (undefined: all are trusted). */
function createAccess(options: GatewayOptions, redis: RedisConnection | undefined, log: Logger) {
  const authenticator = createAuthenticator(options.auth, {
    jwksTimeoutMs: Math.min(JWKS_TIMEOUT_MS, Math.floor(options.deadlineMs / 2)),
    onJwksUnavailable: (reason) => log.warn({ reason }, 'the JWKS of the identity provider is unavailable'),
  });
  const control = new AccessControl(authenticator, createRateLimitStore(options, redis));
  const { host = '127.0.0.1', trustedHosts = [] } = options;
  const isTrustedHost =
    control.requiresCredentials && trustedHosts.length === 0
      ? undefined
      : createHostCheck(host, trustedHosts);
  return { authenticator, control, isTrustedHost };
}

/** Undefined when no limit is configured. */
function createRateLimitStore(
  { limits: { requestsPerMinute } }: GatewayOptions,
  redis: RedisConnection | undefined,
): RateLimitStore | undefined {
  if (requestsPerMinute === 0) return undefined;
  if (redis === undefined) return new MemoryRateLimitStore(requestsPerMinute);
  return new RedisRateLimitStore(requestsPerMinute, redis, KEY_PREFIX);
}

/**
 * `/graphql` and `/subgraph` over HTTP and WebSocket, with open subscriptions and the recorder of finished requests. The
 * schema of the subgraph is built on its first request.
 */
function createEndpoints(
  options: GatewayOptions,
  context: EndpointOptions['context'],
  control: AccessControl,
  telemetry: Telemetry,
  log: Logger,
) {
  const trustedDocuments = options.trustedDocuments ?? NO_DOCUMENTS;
  const documentsOfGraphql = options.console
    ? withOwn(options.trustedDocuments, options.console.documents)
    : trustedDocuments;
  const recorder = new RequestRecorder({
    clients: options.auth.apiKeys.map(({ client }) => client),
    operations: operationNamesIn(documentsOfGraphql),
    requiresCredentials: control.requiresCredentials,
    metrics: telemetry.metrics,
    log,
  });
  if (options.tracing?.counts !== undefined) exposeSpanMetrics(telemetry.metrics, options.tracing.counts);
  const streams: StreamsContext = {
    open: new OpenStreams((error) => log.error({ err: error }, 'unexpected error in the background')),
    backlog: new SendBacklog(log),
    admits: ({ request }) => control.admits(control.credentialsOf(request)),
    record: (outcome, client) => recorder.recordSubscription(outcome, client),
    log,
  };
  const executorMetrics = new ExecutorMetrics(options.executor ?? 'compiled', telemetry.metrics, log);
  const endpointOf = (path: string, schema: GraphQLSchema, trustedDocuments: TrustedDocuments) => {
    const parts: EndpointOptions = {
      path,
      schema,
      documents: new DocumentCache(schema, options),
      trustedDocuments,
      maskError: createErrorMask(log),
      executorMetrics,
      deadlineMs: options.deadlineMs,
      maxBodyBytes: options.limits.bodyBytes,
      ttlMs: options.cache.ttlMs,
      context,
    };
    const source = new SubscriptionSource(parts);
    return { source, handler: createEndpoint(parts, createHttpSubscriptions(source, streams)) };
  };
  const graphql = endpointOf('/graphql', createSchema(), documentsOfGraphql);
  const subgraph = once(async () => {
    const { createSubgraphSchema } = await import('./schema/subgraph.ts');
    return endpointOf('/subgraph', createSubgraphSchema(), trustedDocuments);
  });
  const wsRoute = createWsRoute({
    access: control,
    streams,
    origins: options.corsOrigins,
    maxMessageBytes: options.limits.bodyBytes,
  });
  const protect = (handler: Handler) =>
    rejectCrossSite(control.authenticatedAndRateLimited(handler), options.corsOrigins);
  return {
    graphql: wsRoute(protect(graphql.handler), () => graphql.source),
    subgraph: wsRoute(
      protect(async (context) => (await subgraph()).handler(context)),
      async () => (await subgraph()).source,
    ),
    streams,
    recorder,
  };
}

/** Routes by path. */
function createRoutes(
  options: GatewayOptions,
  endpoints: ReturnType<typeof createEndpoints>,
  { control, isTrustedHost }: ReturnType<typeof createAccess>,
  telemetry: Telemetry,
  readiness: () => Readiness,
): ListenerOptions['routes'] {
  const graphiql = options.graphiql ? createGraphiql() : undefined;
  const maySeeDetails = (context: RequestContext) =>
    isTrustedHost?.(context.request) !== false && control.maySeeDetails(context);
  const metrics = readOnly(async (context) => {
    const text = await telemetry.text();
    await sendEncoded(context, (encoding) => compress(text, encoding, 'response'), {
      'content-type': telemetry.contentType,
      'cache-control': 'no-store',
    });
  });
  return new Map([
    ['/graphql', graphiql?.before(endpoints.graphql) ?? endpoints.graphql],
    ['/subgraph', endpoints.subgraph],
    ...(graphiql?.routes ?? []),
    ...(options.console?.routes ?? []),
    ['/health', health],
    ['/ready', ready(readiness, maySeeDetails)],
    ['/metrics', rejectCrossSite(control.authenticatedOnly(metrics), options.corsOrigins)],
  ]);
}
