import type { Logger } from 'pino';
import { logOnce } from '../../telemetry/label-limiter.ts';
import type { Counter, MetricSet } from '../../telemetry/metric-set.ts';
import { displayedName } from '../http/request-context.ts';
import type { UncompilableReason } from './compiled/compile.ts';
import { BAILOUT_REASONS } from './compiled/run.ts';

/** Who executes queries on the fast path: code compiled for each query that comes again, or graphql-js alone. */
export type Executor = 'compiled' | 'graphql-js';

/** Most queries that are logged because they cannot be compiled. */
const MAX_LOGGED = 100;

/** Counts which executor served the queries of the fast path, how often the compiled one bailed out, and why. */
export class ExecutorMetrics {
  readonly executor: Executor;
  /** Queries that compiled code has served. */
  readonly compiled: { count: number };
  /** Queries that graphql-js has executed, those after a bailout among them. */
  readonly graphqlJs: { count: number };
  /** Runs of compiled code that were given up, by reason. */
  readonly bailouts: Counter;
  readonly #log: Logger;
  readonly #once = logOnce(MAX_LOGGED);

  constructor(executor: Executor, metrics: MetricSet, log: Logger) {
    this.executor = executor;
    this.#log = log;
    const executions = metrics.counter(
      'voicejobs_graphql_executions_total',
      'Queries executed on the fast path, by executor: compiled code, or graphql-js.',
      ['executor'],
    );
    this.compiled = executions.cell(['compiled']);
    this.graphqlJs = executions.cell(['graphql-js']);
    this.bailouts = metrics.counter(
      'voicejobs_graphql_bailouts_total',
      'Compiled runs that bailed out to graphql-js, by reason.',
      ['reason'],
    );
    for (const reason of BAILOUT_REASONS) this.bailouts.cell([reason]);
  }

  /** Logs a query that came twice and cannot be compiled, the first hundred of them by name and reason. */
  uncompilable(operation: string, reason: UncompilableReason | 'code', err?: unknown): void {
    const name = displayedName(operation);
    this.#once(`${reason} ${name ?? ''}`, () =>
      this.#log.info({ operation: name, reason, err }, 'query cannot be compiled, graphql-js executes it'),
    );
  }
}
