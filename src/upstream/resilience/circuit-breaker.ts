import { later, type MonotonicMs, monotonicNow, NEVER } from '../../clock.ts';

export interface CircuitOptions {
  /** Length of the window in which outcomes are counted, in milliseconds. */
  readonly windowMs: number;
  /** Minimum number of outcomes in the window before the circuit may open. */
  readonly minOutcomes: number;
  /** Share of failures at which the circuit opens, 0 to 1. */
  readonly failureRate: number;
  /** Interval of probes while the circuit is open, in milliseconds. */
  readonly probeEveryMs: number;
}

/** @internal */
export const CIRCUIT: CircuitOptions = {
  windowMs: 10_000,
  minOutcomes: 20,
  failureRate: 0.5,
  probeEveryMs: 1000,
};

const BUCKETS = 10;

/** `half-open` while a probe is in flight. */
export type CircuitState = 'closed' | 'open' | 'half-open';

/** Permission to send one request, with which its outcome is reported. */
export type Permit = symbol;

/**
 * Circuit breaker. Opens when the failure rate of the window is reached. While open, it admits probes; the first response
 * closes it. A hanging probe does not block the next one. Outcomes of requests sent before the circuit last opened or closed
 * do not count.
 *
 * @see https://martinfowler.com/bliki/CircuitBreaker.html
 */
export class CircuitBreaker {
  readonly #options: CircuitOptions;
  readonly #now: () => MonotonicMs;
  readonly #onChange: (state: CircuitState) => void;
  readonly #successes = new Float64Array(BUCKETS);
  readonly #failures = new Float64Array(BUCKETS);
  #bucket = 0;
  #bucketEndsAt = NEVER;
  /** When the next probe may be sent; undefined while closed. */
  #probeAt: MonotonicMs | undefined;
  /** Permit of all calls since the circuit closed. */
  #closedPermit: Permit = Symbol('call');
  readonly #probes = new Set<Permit>();

  /**
   * @param onChange called with each new state
   * @param options @internal
   * @param now @internal
   */
  constructor(
    onChange: (state: CircuitState) => void,
    options: Partial<CircuitOptions> = {},
    now: () => MonotonicMs = monotonicNow,
  ) {
    this.#options = { ...CIRCUIT, ...options };
    this.#onChange = onChange;
    this.#now = now;
  }

  get state(): CircuitState {
    if (this.#probeAt === undefined) return 'closed';
    return this.#probes.size > 0 ? 'half-open' : 'open';
  }

  /** Time until a call may be sent, in milliseconds; 0 if one may be sent now. */
  get waitMs(): number {
    return this.#probeAt === undefined ? 0 : Math.max(0, this.#probeAt - this.#now());
  }

  /**
   * Admits a call; returns undefined when none may be sent. Report its outcome with {@link answered}, {@link failed} or
   * {@link left}.
   */
  admit(): Permit | undefined {
    if (this.#probeAt === undefined) return this.#closedPermit;
    if (this.waitMs > 0) return undefined;
    this.#probeAt = later(this.#now(), this.#options.probeEveryMs);
    const probe = Symbol('probe');
    this.#probes.add(probe);
    if (this.#probes.size === 1) this.#onChange('half-open');
    return probe;
  }

  /** Reports a response, which proves that the upstream works, whatever its content. */
  answered(permit: Permit): void {
    if (this.#probes.has(permit)) this.#close();
    else if (this.#isCounted(permit)) this.#count(this.#successes);
  }

  /** Reports a failure of the upstream. */
  failed(permit: Permit): void {
    if (this.#ends(permit) || !this.#isCounted(permit)) return;
    this.#count(this.#failures);
    const failures = sum(this.#failures);
    const outcomes = failures + sum(this.#successes);
    const { minOutcomes, failureRate } = this.#options;
    if (outcomes < minOutcomes || failures / outcomes < failureRate) return;
    this.#probeAt = later(this.#now(), this.#options.probeEveryMs);
    this.#onChange('open');
  }

  /** Reports that the outcome is unknown, because the caller left. The next caller may probe at once. */
  left(permit: Permit): void {
    if (this.#probes.has(permit)) this.#probeAt = this.#now();
    this.#ends(permit);
  }

  #isCounted(permit: Permit): boolean {
    return this.#probeAt === undefined && permit === this.#closedPermit;
  }

  /** Ends a probe. Returns whether the permit was one since the circuit opened. */
  #ends(permit: Permit): boolean {
    const wasProbe = this.#probes.delete(permit);
    if (wasProbe && this.#probes.size === 0) this.#onChange('open');
    return wasProbe;
  }

  #close(): void {
    this.#probeAt = undefined;
    this.#closedPermit = Symbol('call');
    this.#probes.clear();
    this.#successes.fill(0);
    this.#failures.fill(0);
    this.#onChange('closed');
  }

  #count(buckets: Float64Array): void {
    const bucketMs = this.#options.windowMs / BUCKETS;
    const now = this.#now();
    if (now >= this.#bucketEndsAt) {
      const passed = Math.min(BUCKETS, 1 + Math.floor((now - this.#bucketEndsAt) / bucketMs));
      for (let step = 0; step < passed; step++) {
        this.#bucket = (this.#bucket + 1) % BUCKETS;
        this.#successes[this.#bucket] = 0;
        this.#failures[this.#bucket] = 0;
      }
      this.#bucketEndsAt =
        passed === BUCKETS ? later(now, bucketMs) : later(this.#bucketEndsAt, passed * bucketMs);
    }
    buckets[this.#bucket] = (buckets[this.#bucket] as number) + 1;
  }
}

const sum = (counts: Float64Array): number => counts.reduce((all, count) => all + count);
