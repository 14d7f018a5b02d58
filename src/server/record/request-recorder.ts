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

/** Dependencies of a recorder. */
export interface RequestRecorderOptions {
  /** Client names known at start, each with series of its own. */
  readonly clients: readonly string[];
  /** Operation names known at start, each with series of its own. */
  readonly operations: Iterable<string>;
  /** Whether a caller without a client was rejected; otherwise such a caller is anonymous. */
  readonly requiresCredentials: boolean;
  readonly metrics: MetricSet;
  readonly log: Logger;
}

/** Paths with series of their own; others are counted as `other`. */
const SHOWN_PATHS: ReadonlySet<string> = new Set([...GRAPHQL_PATHS, ...PROBES, '/metrics']);

/** HTTP status of a request that became a WebSocket. Its duration is not recorded as latency. */
const SWITCHING_PROTOCOLS = 101;

/** Code of a request whose client disconnected before the response began. */
const CANCELLED = 'CANCELLED';

/** Maximum number of clients known by tokens that have series of their own; further ones are counted as `other`. */
const MAX_TOKEN_CLIENTS = 100;

/** Metric label of callers without a name. */
const ANONYMOUS = 'anonymous';

/**
 * Records each finished request in the metrics, the access log and its trace. The entry of the access log is {@link
 * accessLogEntry}.
 */
export class RequestRecorder {
  readonly #options: RequestRecorderOptions;
  readonly #requests: Counter;
  readonly #clients: LabelLimiter;
  readonly #operations: OperationCounter;
  readonly #durations: Histogram;
  readonly #rejections: Counter;
  readonly #responses = { cached: 0, executed: 0, rejected: 0 };
  /** Path, status and client of the current request. One array is reused, because the counter copies what it keeps. */
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

  /** Counts a WebSocket subscription that was started or rejected. @param client name of its client */
  recordSubscription({ operation, code }: Outcome, client?: string): void {
    this.#operations.add(operation, code, client);
  }

  /** Records a finished request, including one whose client disconnected. */
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
      // Sampling decisions of unauthenticated callers are ignored, so that they cannot force spans.
      const span = trace.begin(!this.#options.requiresCredentials || auth?.client !== undefined);
      if (span !== undefined) endSpan(span, context, status, outcome);
    }
    const { log } = this.#options;
    const level = PROBES.has(path) ? 'debug' : 'info';
    if (log.isLevelEnabled(level)) log[level](accessLogEntry(context, durationMs, outcome), 'request');
  }
}

/** How the response was produced. Only an executed operation has a caller; a rejected document has no operation. */
function resultOf({ caller }: RequestContext, { operation }: Outcome): 'cached' | 'executed' | 'rejected' {
  if (operation === undefined) return 'rejected';
  return caller === undefined ? 'cached' : 'executed';
}

/** Ends the span of a request with its final attributes. */
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
  // A failed upstream call is an error within a 200 response, never 503.
  [503, 'shutting_down'],
]);

/**
 * Why a request was rejected, as a metric label; undefined for one that was served or malformed. A wrong credential
 * counts as such even when the rate limit rejected the request, so that the metric shows guessing.
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

/** Error codes of callers who were not admitted. */
const NOT_ADMITTED: ReadonlySet<string | undefined> = new Set(['UNAUTHENTICATED', 'RATE_LIMITED']);

/** Maximum length of a path in the log, in characters. A client may send 16 kB; the gateway's own paths are shorter. */
const MAX_PATH_LENGTH = 200;

/** The access log entry of a finished request. */
function accessLogEntry(context: RequestContext, durationMs: number, outcome: Outcome | undefined): object {
  const { requestId, request, response, path, auth, caller, trace } = context;
  const isUnidentified = auth?.client === undefined && NOT_ADMITTED.has(outcome?.code);
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
    // The address stands in for the missing client name.
    address: isUnidentified ? context.address || undefined : undefined,
    upstreamCalls: caller?.calls?.count,
    upstreamRequestIds: caller?.upstreamRequestIds?.length ? caller.upstreamRequestIds : undefined,
    finished: response.writableFinished,
    durationMs: Math.round(durationMs * 10) / 10,
  };
}
