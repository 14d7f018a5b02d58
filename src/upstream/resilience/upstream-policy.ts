import { type MonotonicMs, monotonicNow } from '../../clock.ts';
import { UpstreamError } from '../../errors.ts';
import { inBackground } from '../../guarded.ts';
import type { Observer } from '../../observer.ts';
import type { ReplicaNamespace } from '../../redis/redis-connection.ts';
import type { CallScope } from '../call-scope.ts';
import { NotFoundError, RejectedParameterError } from '../parse-response.ts';
import { CircuitBreaker, type Permit } from './circuit-breaker.ts';
import { AdaptiveRateLimiter, RETRY_ADMISSION } from './rate-limiter.ts';
import { RetryBudget, retryDelayMs } from './retry-rules.ts';
import { SharedQuota } from './shared-quota.ts';

export interface UpstreamState {
  readonly circuit: CircuitBreaker['state'];
  readonly requestsPerSecond: number;
  /** Calls that wait for a slot. */
  readonly queued: number;
}

/**
 * Resilience policy for reads of one upstream: rate limiter, circuit breaker and retries. Shared by all calls of a process.
 */
export class UpstreamPolicy {
  readonly #circuit: CircuitBreaker;
  readonly #limiter: AdaptiveRateLimiter;
  readonly #shared: SharedQuota | undefined;
  readonly #budget = new RetryBudget();
  readonly #observer: Observer;

  constructor(maxRequestsPerSecond: number, observer: Observer, shared?: ReplicaNamespace) {
    this.#observer = observer;
    this.#limiter = new AdaptiveRateLimiter(maxRequestsPerSecond, (rate) => observer.rateDecreased(rate));
    this.#shared = shared && new SharedQuota(shared, maxRequestsPerSecond, this.#limiter);
    this.#circuit = new CircuitBreaker((state) => {
      observer.circuitStateChanged(state);
      if (state !== 'open') return;
      this.#limiter.rejectAll(this.#circuitOpenError());
      this.#shared?.rejectAll(this.#circuitOpenError());
    });
  }

  get state(): UpstreamState {
    const { requestsPerSecond, queued } = this.#limiter;
    return { circuit: this.#circuit.state, requestsPerSecond, queued: queued + (this.#shared?.queued ?? 0) };
  }

  /** Number of calls that may be made now without delaying a caller; at most one probe while the circuit is open. */
  get spareCalls(): number {
    if (this.#shared !== undefined && this.#shared.queued > 0) return 0;
    if (this.#circuit.state === 'closed') return this.#limiter.spare;
    return this.#circuit.waitMs > 0 ? 0 : Math.min(1, this.#limiter.spare);
  }

  /**
   * Sends attempts until one succeeds, no retry is allowed, or the call ends.
   *
   * @param prepare provides the input of each attempt; its failures do not count against the upstream
   * @param send sends one attempt
   * @throws the error of the last attempt; at once UpstreamError UPSTREAM_THROTTLED when no slot is in time, and
   *   UPSTREAM_UNAVAILABLE while the circuit is open
   */
  async run<Prepared, Result>(
    scope: CallScope,
    prepare: () => Prepared | Promise<Prepared>,
    send: (prepared: Prepared) => Promise<Result>,
  ): Promise<Result> {
    for (let attempts = 1; ; attempts++) {
      let failure: UpstreamError;
      const preparing = prepare();
      // Awaits only a promise: an await costs as much as all decisions of this class.
      const prepared = preparing instanceof Promise ? await preparing : preparing;
      const queuedAt = monotonicNow();
      const permit = this.#admitNow() ?? (await this.#admit(scope));
      const sentAt = monotonicNow();
      this.#observer.queueWait(sentAt - queuedAt);
      try {
        const result = await send(prepared);
        this.#answered(permit, sentAt, attempts);
        return result;
      } catch (error) {
        if (isHealthy(error)) this.#answered(permit, sentAt, attempts);
        else this.#failed(error, permit, sentAt, scope);
        if (!(error instanceof UpstreamError)) throw error;
        failure = error;
      }
      await this.#waitForRetry(failure, attempts, scope);
    }
  }

  /** Returns undefined when the call may have to wait, or Redis reserves the slots. */
  #admitNow(): Permit | undefined {
    const isFree = this.#shared === undefined && this.#circuit.state === 'closed' && this.#limiter.take();
    return isFree ? this.#circuit.admit() : undefined;
  }

  async #admit(scope: CallScope): Promise<Permit> {
    if (this.#circuit.waitMs > 0) throw this.#circuitOpenError();
    if (!(await this.#shared?.admit(scope)) && !this.#limiter.take()) {
      const waiting = scope.step<true>((resolve, reject) =>
        this.#limiter.wait(scope.leftMs, () => resolve(true), reject),
      );
      const hasSlot = await waiting.catch((error) => {
        if (error !== RETRY_ADMISSION) throw error;
      });
      if (!hasSlot) return this.#admit(scope);
    }
    const permit = this.#circuit.admit();
    if (permit === undefined) throw this.#circuitOpenError();
    return permit;
  }

  #answered(permit: Permit, sentAt: MonotonicMs, attempts: number): void {
    this.#circuit.answered(permit);
    this.#limiter.answered(monotonicNow() - sentAt);
    this.#budget.succeeded(attempts - 1);
  }

  /** Counts a failed attempt. The table in docs/upstream.md lists what each outcome counts as. */
  #failed(error: unknown, permit: Permit, sentAt: MonotonicMs, scope: CallScope): void {
    // The caller left, or this process could not build the request: neither proves anything about the upstream.
    if (!(error instanceof UpstreamError)) {
      this.#circuit.left(permit);
      return;
    }
    const { code, retry, retryAfterMs } = error;
    if (code === 'UPSTREAM_TIMEOUT') this.#timedOut(permit, monotonicNow() - sentAt, scope.deadlineMs);
    else if (retry === 'later') this.#circuit.failed(permit);
    else this.#circuit.answered(permit);
    if (code !== 'UPSTREAM_THROTTLED') return;
    this.#limiter.throttled(sentAt, retryAfterMs);
    const shared = this.#shared;
    if (shared !== undefined) inBackground(shared.throttled(sentAt, retryAfterMs), shared.failed);
  }

  /** Counts a timeout. A request that had spent most of its time in the queue proves nothing about the upstream. */
  #timedOut(permit: Permit, waitedMs: number, deadlineMs: number): void {
    if (waitedMs >= deadlineMs / 2) this.#circuit.failed(permit);
    else {
      this.#circuit.left(permit);
      this.#limiter.unanswered(waitedMs);
    }
  }

  /** Waits before a retry. @throws the failure when no retry is allowed */
  async #waitForRetry(failure: UpstreamError, attempts: number, scope: CallScope): Promise<void> {
    const { retry: kind, retryAfterMs } = failure;
    const waitMs = retryDelayMs({ kind, attempts, leftMs: scope.leftMs, retryAfterMs });
    if (waitMs === undefined || this.#circuit.state !== 'closed' || !this.#budget.take()) throw failure;
    // After a requested pause, the rate limiter already delays the next attempt.
    if (waitMs === 0 || retryAfterMs !== undefined) return;
    await scope.step<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      return () => clearTimeout(timer);
    });
  }

  close(): void {
    this.#shared?.close();
    this.#limiter.close();
  }

  #circuitOpenError(): UpstreamError {
    return new UpstreamError('UPSTREAM_UNAVAILABLE', {
      detail: 'circuit breaker is open',
      retryAfterMs: Math.ceil(this.#circuit.waitMs),
    });
  }
}

/** Whether the upstream worked although the call throws: it found no such object, or rejected a parameter. */
function isHealthy(error: unknown): boolean {
  return error instanceof NotFoundError || error instanceof RejectedParameterError;
}
