import type { Logger } from 'pino';
import type { AuthFailure, AuthResult } from '../../auth/auth-result.ts';
import { monotonicNow } from '../../clock.ts';
import { LabelLimiter, OperationCounter } from '../../telemetry/label-limiter.ts';
import {
  type Counter,
  type Histogram,
  type MetricSet,
  REQUEST_BOUNDS_MS,
} from '../../telemetry/metric-set.ts';
import type { TraceSpan } from '../../telemetry/trace/tracer.ts';
import {
  displayedName,
  GRAPHQL_PATHS,
  type Outcome,
  PROBES,
  type RequestContext,
} from '../http/request-context.ts';

/** What a recorder is made of. */
export interface RequestRecorderOptions {
  /** Names of clients that are known beforehand. */
  readonly clients: readonly string[];
  /** Names of operations that are known beforehand. */
  readonly operations: Iterable<string>;
  /** Whether a caller without a client is one that was not let in. */
  readonly requiresCredentials: boolean;
  readonly metrics: MetricSet;
  readonly log: Logger;
}

/** Paths with series of their own; others are `other`. */
const SHOWN_PATHS: ReadonlySet<string> = new Set([...GRAPHQL_PATHS, ...PROBES, '/metrics']);

/** HTTP status of a request that has become a WebSocket, whose duration says nothing. */
const SWITCHING_PROTOCOLS = 101;

/** Code of a request whose caller left before a response began. */
const CANCELLED = 'CANCELLED';

/** Clients of tokens that have a series of their own in the metrics; further ones share `other`. */
const MAX_TOKEN_CLIENTS = 100;

/** Stands for callers without a name. */
const ANONYMOUS = 'anonymous';

/** Records each request that is over: in the metrics, in the access log, and in its trace. */
export class RequestRecorder {
  readonly #options: RequestRecorderOptions;
  readonly #requests: Counter;
  readonly #clients: LabelLimiter;
  readonly #operations: OperationCounter;
  readonly #durations: Histogram;
  readonly #rejections: Counter;
  readonly #responses = { cached: 0, executed: 0, rejected: 0 };
  /** Path, status and client of the request that is recorded; one array for all, because the counter copies what it keeps. */
  readonly #labels: [path: string, status: string, client: string] = ['', '', ''];

  constructor(options: RequestRecorderOptions) {
    const { clients, metrics } = options;
    this.#options = options;
    this.#clients = new LabelLimiter({ shared: MAX_TOKEN_CLIENTS, known: [ANONYMOUS, ...clients] });
    this.#operations = new OperationCounter(options.operations, clients);
    this.#requests = metrics.counter(
      'voicejobs_http_requests_total',
      'HTTP requests by path, status and client. Status `none`: the client disconnected before the response began.',
      ['path', 'status', 'client'],
    );
    this.#durations = metrics.histogram(
      'voicejobs_http_request_duration_seconds',
      'Time from the request headers to the last byte of the response. Excludes event streams and WebSockets.',
      REQUEST_BOUNDS_MS,
      'path',
    );
    metrics.collect(
      'counter',
      'voicejobs_graphql_requests_total',
      'GraphQL requests by operation name and by the code of the first error, or OK.',
      ['operation', 'code'],
      () => this.#operations,
    );
    metrics.collect(
      'counter',
      'voicejobs_graphql_responses_total',
      'GraphQL responses: from the response cache, executed, or rejected before execution.',
      ['result'],
      () => Object.entries(this.#responses).map(([result, count]) => ({ values: [result], count })),
    );
    this.#rejections = metrics.counter(
      'voicejobs_http_requests_rejected_total',
      'Requests that were rejected, by reason.',
      ['reason'],
    );
  }

  /** Counts a subscription that was started over a WebSocket, or rejected. @param client whose it is */
  recordSubscription({ operation, code }: Outcome, client?: string): void {
    this.#operations.add(operation, code, client);
  }

  /** Records a request that is over, also where its caller left. */
  record(context: RequestContext): void {
    const { path, auth, clientName, response, trace } = context;
    const durationMs = monotonicNow() - context.startedAt;
    const status = response.headersSent ? response.statusCode : 0;
    const outcome =
      status === 0 ? { operation: context.outcome?.operation, code: CANCELLED } : context.outcome;
    const shownPath = SHOWN_PATHS.has(path) ? path : 'other';
    this.#labels[0] = shownPath;
    this.#labels[1] = status === 0 ? 'none' : String(status);
    this.#labels[2] = clientName === undefined ? ANONYMOUS : this.#clients.of(clientName);
    this.#requests.add(this.#labels);
    if (outcome?.isStream !== true && status !== SWITCHING_PROTOCOLS)
      this.#durations.add(durationMs, shownPath);
    if (outcome !== undefined && GRAPHQL_PATHS.has(path)) {
      this.#operations.add(outcome.operation, outcome.code, clientName);
      if (status !== 0) this.#responses[resultOf(context, outcome)]++;
    }
    if (status >= 400 || (outcome !== undefined && outcome.code !== 'OK')) {
      const reason = outcome?.reason ?? rejectionReason(status, outcome?.code, auth);
      if (reason !== undefined) this.#rejections.add([reason]);
    }
    if (trace !== undefined) {
      // A caller who was not let in decides nothing about traces, so that strangers cannot have spans made at will.
      const span = trace.begin(!this.#options.requiresCredentials || auth?.client !== undefined);
      if (span !== undefined) endSpan(span, context, status, outcome);
    }
    const { log } = this.#options;
    const level = PROBES.has(path) ? 'debug' : 'info';
    if (log.isLevelEnabled(level)) log[level](accessLogEntry(context, durationMs, outcome), 'request');
  }
}

/** How a response was produced. Only an executed operation has a caller; a rejected document has no operation. */
function resultOf({ caller }: RequestContext, { operation }: Outcome): 'cached' | 'executed' | 'rejected' {
  if (operation === undefined) return 'rejected';
  return caller === undefined ? 'cached' : 'executed';
}

/** Ends the span of a request, with the attributes that are known by then. */
function endSpan(
  span: TraceSpan,
  context: RequestContext,
  status: number,
  outcome: Outcome | undefined,
): void {
  span.set('request.id', context.requestId);
  span.set('client.name', context.clientName);
  span.set('http.response.status_code', status === 0 ? undefined : status);
  span.set('graphql.operation.name', displayedName(outcome?.operation));
  if (outcome !== undefined && resultOf(context, outcome) === 'cached') span.set('graphql.cached', true);
  const { code = 'OK' } = outcome ?? {};
  span.end(code === 'OK' ? undefined : code);
}

const REASON_BY_CODE: ReadonlyMap<string | undefined, string> = new Map([
  ['RATE_LIMITED', 'rate_limit'],
  ['OPERATION_TOO_COMPLEX', 'too_complex'],
  ['FORBIDDEN', 'untrusted_document'],
]);

const REASON_BY_CREDENTIAL: Readonly<Record<AuthFailure['kind'], string>> = {
  missing: 'no_credential',
  key: 'bad_key',
  token: 'bad_token',
  unchecked: 'token_unchecked',
};

const REASON_BY_STATUS: ReadonlyMap<number, string> = new Map([
  [413, 'body_too_large'],
  [415, 'not_json'],
  // An upstream that fails is an error within a response.
  [503, 'shutting_down'],
]);

/**
 * Why a request was rejected, as a label of a metric; undefined for one that was served or wrong in itself. A wrong credential
 * counts as one also where the rate limit rejected it, so that guessing shows.
 */
function rejectionReason(
  status: number,
  code: string | undefined,
  auth: AuthResult | undefined,
): string | undefined {
  const kind = auth?.failure?.kind;
  if (kind === 'key' || kind === 'token') return REASON_BY_CREDENTIAL[kind];
  const byCode = REASON_BY_CODE.get(code);
  if (byCode !== undefined) return byCode;
  return kind === undefined ? REASON_BY_STATUS.get(status) : REASON_BY_CREDENTIAL[kind];
}

/** Codes of callers who were not let in. */
const NOT_LET_IN: ReadonlySet<string | undefined> = new Set(['UNAUTHENTICATED', 'RATE_LIMITED']);

/** Longest path in the log, in characters: a client may send 16 kB of it, and no path of ours has as many. */
const MAX_PATH_LENGTH = 200;

/** The line of the access log for a request that is over. */
function accessLogEntry(context: RequestContext, durationMs: number, outcome: Outcome | undefined): object {
  const { requestId, request, response, path, auth, caller, trace } = context;
  const isStranger = auth?.client === undefined && NOT_LET_IN.has(outcome?.code);
  return {
    requestId,
    traceId: trace?.span?.traceId,
    method: request.method,
    path: path.slice(0, MAX_PATH_LENGTH),
    client: context.clientName,
    operation: displayedName(outcome?.operation),
    code: outcome?.code,
    status: response.statusCode,
    refused: auth?.failure?.reason ?? outcome?.reason,
    // There is no name that would tell who it was.
    address: isStranger ? context.address || undefined : undefined,
    upstreamCalls: caller?.calls?.count,
    upstreamRequestIds: caller?.upstreamRequestIds?.length ? caller.upstreamRequestIds : undefined,
    finished: response.writableFinished,
    durationMs: Math.round(durationMs * 10) / 10,
  };
}
