import { UpstreamError } from '../../errors.ts';
import { inBackground } from '../../guarded.ts';
import type { Observer } from '../../observer.ts';
import type { SharedSpace } from '../../redis/replica-namespace.ts';
import type { CallScope } from '../call-scope.ts';
import { NotFoundError, RejectedParameterError } from '../classify.ts';
import { Circuit, type Permit } from './circuit-breaker.ts';
import { ASK_AGAIN, Governor } from './rate-limiter.ts';
import { waitBeforeRetry } from './retry.ts';
import { RetryBudget } from './retry-budget.ts';
import { SharedQuota } from './shared-quota.ts';

/** How the upstream is and how it is asked, for whoever looks after it. */
export interface ResilienceState {
  readonly circuit: Circuit['state'];
  /** Requests a second that are sent at most at present. */
  readonly requestsPerSecond: number;
  /** Calls that wait for their turn. */
  readonly queued: number;
}

/**
 * Sends reads to an upstream that may be slow, failing or short of quota: within its quota, not while it is down, and
 * again where that helps. One for all calls of a process.
 */
export class Resilience {
  readonly #circuit: Circuit;
  readonly #governor: Governor;
  readonly #shared: SharedQuota | undefined;
  readonly #budget = new RetryBudget();
  readonly #observer: Observer;

  /**
   * @param maxRequestsPerSecond of the account
   * @param shared where replicas share it
   */
  constructor(maxRequestsPerSecond: number, observer: Observer, shared?: SharedSpace) {
    this.#observer = observer;
    this.#governor = new Governor(maxRequestsPerSecond, (rate) => observer.slowedDown(rate));
    this.#shared = shared && new SharedQuota(shared, maxRequestsPerSecond, this.#governor);
    this.#circuit = new Circuit({}, (state) => {
      observer.circuitTurned(state);
      if (state !== 'open') return;
      this.#governor.refuseAll(this.#isOpen());
      this.#shared?.refuseAll(this.#isOpen());
    });
  }

  get state(): ResilienceState {
    const { requestsPerSecond, queued } = this.#governor;
    return { circuit: this.#circuit.state, requestsPerSecond, queued: queued + (this.#shared?.queued ?? 0) };
  }

  /** How many calls may be made now that nobody would miss; one that finds out whether the upstream is back is welcome. */
  get spareCalls(): number {
    if (this.#shared !== undefined && this.#shared.queued > 0) return 0;
    if (this.#circuit.state === 'closed') return this.#governor.spare;
    return this.#circuit.waitMs > 0 ? 0 : Math.min(1, this.#governor.spare);
  }

  /**
   * Sends until there is an answer, nothing more can be expected, or the call ends.
   *
   * @param prepare what has to be at hand for each try; its failures say nothing about the upstream
   * @param send one try
   * @throws what the last try threw; UpstreamError UPSTREAM_THROTTLED when there is no turn before the deadline, and
   *   UPSTREAM_UNAVAILABLE while the circuit is open, both at once
   */
  async run<Prepared, Result>(
    scope: CallScope,
    prepare: () => Prepared | Promise<Prepared>,
    send: (prepared: Prepared) => Promise<Result>,
  ): Promise<Result> {
    for (let tries = 1; ; tries++) {
      let failure: UpstreamError;
      const preparing = prepare();
      // What is at hand is not waited for: each await puts all that follows off, and costs as much as this whole decision.
      const prepared = preparing instanceof Promise ? await preparing : preparing;
      const cameAt = performance.now();
      const permit = this.#admitNow() ?? (await this.#admit(scope));
      const sentAt = performance.now();
      this.#observer.waitedForTurn(sentAt - cameAt);
      try {
        const result = await send(prepared);
        this.#answered(permit, sentAt, tries);
        return result;
      } catch (error) {
        if (isWholeAnswer(error)) this.#answered(permit, sentAt, tries);
        else this.#failed(error, permit, sentAt, scope);
        if (!(error instanceof UpstreamError)) throw error;
        failure = error;
      }
      await this.#beforeNext(failure, tries, scope);
    }
  }

  /** Undefined where somebody else has to be asked, or there may be something to wait for. */
  #admitNow(): Permit | undefined {
    const isFree = this.#shared === undefined && this.#circuit.state === 'closed' && this.#governor.take();
    return isFree ? this.#circuit.admit() : undefined;
  }

  /** Waits for a turn. */
  async #admit(scope: CallScope): Promise<Permit> {
    if (this.#circuit.waitMs > 0) throw this.#isOpen();
    if (!(await this.#shared?.admit(scope)) && !this.#governor.take()) {
      const waiting = scope.step<true>((resolve, reject) =>
        this.#governor.wait(scope.leftMs, () => resolve(true), reject),
      );
      const isTurn = await waiting.catch((error) => {
        if (error !== ASK_AGAIN) throw error;
      });
      if (!isTurn) return this.#admit(scope);
    }
    const permit = this.#circuit.admit();
    if (permit === undefined) throw this.#isOpen();
    return permit;
  }

  /** Counts a success: for the circuit, for the latency estimate and for the retry budget. */
  #answered(permit: Permit, sentAt: number, tries: number): void {
    this.#circuit.answered(permit);
    this.#governor.answered(performance.now() - sentAt);
    this.#budget.succeeded(tries - 1);
  }

  /** Counts an attempt that brought no whole answer. The table in docs/upstream.md says what each outcome counts as. */
  #failed(error: unknown, permit: Permit, sentAt: number, scope: CallScope): void {
    if (error instanceof UpstreamError) {
      const { code } = error;
      if (code === 'UPSTREAM_TIMEOUT') this.#timedOut(permit, performance.now() - sentAt, scope.deadlineMs);
      else if (code === 'UPSTREAM_UNAVAILABLE') this.#circuit.failed(permit);
      else this.#circuit.answered(permit);
      if (code === 'UPSTREAM_THROTTLED') {
        this.#governor.throttled(sentAt, error.retryAfterMs);
        const shared = this.#shared;
        if (shared !== undefined) inBackground(shared.throttled(sentAt, error.retryAfterMs), shared.failed);
      }
    } else {
      // The caller left, or this process could not build the request: neither says anything about the upstream.
      this.#circuit.left(permit);
    }
  }

  /** A request that had waited for its turn until little time was left proves nothing about the upstream. */
  #timedOut(permit: Permit, waitedMs: number, deadlineMs: number): void {
    if (waitedMs >= deadlineMs / 2) this.#circuit.failed(permit);
    else {
      this.#circuit.left(permit);
      this.#governor.unanswered(waitedMs);
    }
  }

  /** @throws the failure when there is to be no further try */
  async #beforeNext(failure: UpstreamError, tries: number, scope: CallScope): Promise<void> {
    const { retry: kind, retryAfterMs } = failure;
    const waitMs = waitBeforeRetry({ kind, tries, leftMs: scope.leftMs, retryAfterMs });
    if (waitMs === undefined || this.#circuit.state !== 'closed' || !this.#budget.take()) throw failure;
    // Where the upstream has asked for a pause, the turns wait already.
    if (waitMs === 0 || retryAfterMs !== undefined) return;
    await scope.step<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      return () => clearTimeout(timer);
    });
  }

  /** Lets go of what others have a part in, and of the timer for calls that wait. */
  close(): void {
    this.#shared?.close();
    this.#governor.close();
  }

  #isOpen(): UpstreamError {
    return new UpstreamError('UPSTREAM_UNAVAILABLE', {
      detail: 'the circuit is open',
      retryAfterMs: Math.ceil(this.#circuit.waitMs),
    });
  }
}

/**
 * Whether the upstream did all of its work although the call throws: it looked the job up, or checked the parameters, and
 * said no. Neither depends on the upstream's health, so both count as a success.
 */
function isWholeAnswer(error: unknown): boolean {
  return error instanceof NotFoundError || error instanceof RejectedParameterError;
}
