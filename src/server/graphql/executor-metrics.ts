import type { Logger } from 'pino';
import { logOnce } from '../../telemetry/label-limiter.ts';
import type { Counter, MetricSet } from '../../telemetry/metric-set.ts';
import { displayedName } from '../http/request-context.ts';
import type { UncompilableReason } from './compiled/compile.ts';
import { BAILOUT_REASONS } from './compiled/run.ts';

/** Executors of the fast path: code compiled for each repeated query, or graphql-js alone. */
export type Executor = 'compiled' | 'graphql-js';

/** Maximum number of uncompilable queries that are logged. */
const MAX_LOGGED = 100;

/** Counts queries of the fast path by executor, and bailouts of the compiled one by reason. */
export class ExecutorMetrics {
  readonly executor: Executor;
  /** Queries served by compiled code. */
  readonly compiled: { count: number };
  /** Queries executed by graphql-js, including those after a bailout. */
  readonly graphqlJs: { count: number };
  /** Runs of compiled code that bailed out, by reason. */
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

  /** Logs a repeated query that cannot be compiled, once per name and reason, for the first {@link MAX_LOGGED}. */
  uncompilable(operation: string, reason: UncompilableReason | 'code', err?: unknown): void {
    const name = displayedName(operation);
    this.#once(`${reason} ${name ?? ''}`, () =>
      this.#log.info({ operation: name, reason, err }, 'query cannot be compiled, graphql-js executes it'),
    );
  }
}
