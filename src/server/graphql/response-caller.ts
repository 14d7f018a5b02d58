import { later, type MonotonicMs, monotonicNow } from '../../clock.ts';
import { UpstreamError } from '../../errors.ts';
import { guarded } from '../../guarded.ts';
import { CallCounter, type Caller } from '../../paging/caller.ts';
import type { TraceSpan } from '../../telemetry/trace/tracer.ts';
import { onceClosed } from '../http/queued-responses.ts';
import type { RequestContext } from '../http/request-context.ts';

/** The client that waits for a response. The signal is created on first access, because most responses never need it. */
export class ResponseCaller implements Caller {
  readonly calls = new CallCounter();
  readonly upstreamRequestIds: string[] = [];
  span: TraceSpan | undefined;
  readonly #response: RequestContext['response'];
  readonly #deadlineMs: number | undefined;
  #left: AbortController | undefined;
  #deadlineAt: MonotonicMs | undefined;

  /**
   * @param deadlineMs time for all reads of one operation together, in milliseconds, from the first read on; undefined for no
   *   deadline, as for subscriptions
   */
  constructor(context: RequestContext, deadlineMs: number | undefined) {
    this.#response = context.response;
    this.#deadlineMs = deadlineMs;
    this.span = context.beginSpan();
    context.caller = this;
  }

  get deadlineAt(): MonotonicMs | undefined {
    if (this.#deadlineMs !== undefined) this.#deadlineAt ??= later(monotonicNow(), this.#deadlineMs);
    return this.#deadlineAt;
  }

  get signal(): AbortSignal {
    this.#left ??= this.#listen();
    return this.#left.signal;
  }

  #listen(): AbortController {
    const left = new AbortController();
    // The same error with which a read ends at its deadline.
    const late = () => new UpstreamError('UPSTREAM_TIMEOUT', { detail: 'deadline of the operation' });
    const failed = () => this.#response.destroy();
    const timer =
      this.#deadlineMs &&
      setTimeout(
        guarded(() => left.abort(late()), failed),
        this.#deadlineMs,
      );
    const close = () => {
      clearTimeout(timer);
      if (!this.#response.writableFinished) left.abort();
    };
    onceClosed(this.#response, close);
    return left;
  }
}
