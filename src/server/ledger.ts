import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { OperationCounter } from '../telemetry/label-limiter.ts';
import { type Counter, type Histogram, type MetricSet, REQUEST_BOUNDS_MS } from '../telemetry/metric-set.ts';
import { verdictOf } from './caller-verdict.ts';
import { refusalReason } from './refusal-reason.ts';
import { RequestCounts } from './request-counts.ts';
import { type Begun, endRequestSpan, requestLine } from './request-line.ts';
import { callerOf, type Outcome, outcomeOf, traceOf } from './request-notes.ts';

/** What a ledger is made of. */
export interface LedgerOptions {
  /** Paths that are counted by their names; others are `other`. */
  readonly paths: readonly string[];
  /** Those of them where GraphQL is. */
  readonly graphqlPaths: ReadonlySet<string>;
  /** Names of clients that are known beforehand. */
  readonly clients: readonly string[];
  /** Names of operations that are known beforehand. */
  readonly operations: Iterable<string>;
  /** Whether a caller without a client is one that was not let in. */
  readonly asksForCredentials: boolean;
  readonly metrics: MetricSet;
  readonly log: Logger;
}

/** HTTP status of a request that has become a WebSocket: how long that is open says nothing. */
const SWITCHED = 101;

/** Of a caller who left before an answer began. */
const LEFT = 'CANCELLED';

/** Books each request that is over: in the metrics, as a line of the log, and in its trace. */
export class Ledger {
  readonly #paths: ReadonlySet<string>;
  readonly #graphqlPaths: ReadonlySet<string>;
  readonly #log: Logger;
  readonly #requests: RequestCounts;
  readonly #operations: OperationCounter;
  readonly #asksForCredentials: boolean;
  readonly #durations: Histogram;
  readonly #refusals: Counter;
  readonly #answers = { hot: 0, executed: 0, rejected: 0 };

  constructor(options: LedgerOptions) {
    const { paths, graphqlPaths, clients, metrics, log } = options;
    this.#paths = new Set(paths);
    this.#graphqlPaths = graphqlPaths;
    this.#log = log;
    this.#requests = new RequestCounts(paths, clients);
    this.#operations = new OperationCounter(options.operations, clients);
    this.#asksForCredentials = options.asksForCredentials;
    metrics.show(
      'counter',
      'http_requests_total',
      'HTTP requests, by what was answered to whom; status `none` where the caller left before.',
      ['path', 'status', 'client'],
      () => this.#requests.shown(),
    );
    this.#durations = metrics.histogram(
      'http_request_duration_seconds',
      'From the head of a request to the last byte of its answer; event streams are not in it.',
      REQUEST_BOUNDS_MS,
      'path',
    );
    metrics.show(
      'counter',
      'graphql_requests_total',
      'GraphQL requests, by operation and by the code of the first error, or OK.',
      ['operation', 'code'],
      () => this.#operations,
    );
    metrics.show(
      'counter',
      'graphql_answers_total',
      'Answers to GraphQL requests, by where they came from; `rejected` where nothing was executed.',
      ['source'],
      () => Object.entries(this.#answers).map(([source, times]) => ({ values: [source], times })),
    );
    this.#refusals = metrics.counter(
      'http_requests_refused_total',
      'Requests that were not served, by why.',
      ['reason'],
    );
  }

  /** Whether GraphQL is at a path. */
  isGraphql(path: string): boolean {
    return this.#graphqlPaths.has(path);
  }

  /** A subscription that came on a WebSocket was begun, or refused. @param client whose it is */
  subscribed({ operation, code }: Outcome, client?: string): void {
    this.#operations.add(operation, code, client);
  }

  /** A request is over, be it because its caller left. */
  book(request: IncomingMessage, response: ServerResponse, begun: Begun): void {
    const { path, startedAt } = begun;
    const durationMs = performance.now() - startedAt;
    const status = response.headersSent ? response.statusCode : 0;
    const verdict = verdictOf(request);
    const noted = outcomeOf(request);
    const outcome = status === 0 ? { operation: noted?.operation, code: LEFT } : noted;
    this.#requests.add(path, status, verdict?.client?.name);
    if (outcome?.isStream !== true && status !== SWITCHED)
      this.#durations.add(durationMs, this.#paths.has(path) ? path : 'other');
    if (outcome !== undefined && this.#graphqlPaths.has(path)) {
      this.#operations.add(outcome.operation, outcome.code, verdict?.client?.name);
      if (status !== 0) this.#answers[sourceOf(request, outcome)]++;
    }
    if (status >= 400 || (outcome !== undefined && outcome.code !== 'OK')) {
      const reason = outcome?.reason ?? refusalReason(status, outcome?.code, verdict);
      if (reason !== undefined) this.#refusals.add([reason]);
    }
    const trace = traceOf(request);
    if (trace !== undefined) {
      // A caller who was not let in decides nothing about traces, so that strangers cannot have spans made at will.
      const span = trace.begin(!this.#asksForCredentials || verdict?.client !== undefined);
      if (span !== undefined) endRequestSpan(span, request, begun, status, outcome);
    }
    const level = begun.isProbe ? 'debug' : 'info';
    if (this.#log.isLevelEnabled(level))
      this.#log[level](requestLine(request, response, begun, durationMs, outcome), 'request');
  }
}

/** Where an answer came from. Only an operation that is executed has a caller, and one that was found has a name. */
function sourceOf(request: IncomingMessage, { operation }: Outcome): 'hot' | 'executed' | 'rejected' {
  if (operation === undefined) return 'rejected';
  return callerOf(request) === undefined ? 'hot' : 'executed';
}
