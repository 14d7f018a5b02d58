import { later, type MonotonicMs, monotonicNow, NEVER } from '../../clock.ts';

export interface CircuitOptions {
  /** Over which time outcomes are counted, in milliseconds. */
  readonly windowMs: number;
  /** Outcomes in that time below which it stays closed: few of them prove nothing. */
  readonly minOutcomes: number;
  /** Share of failures from which on it opens, 0..1. */
  readonly failureRate: number;
  /** How often one call is let through while it is open, in milliseconds. */
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

/** `half-open` while a probe is under way. */
export type CircuitState = 'closed' | 'open' | 'half-open';

/** Permission to send one request; its outcome is reported with it. */
export type Permit = symbol;

/**
 * Circuit breaker. Opens when most calls of the window failed; then lets probes through, and closes with the first response. A
 * probe that hangs does not hold up the next one. Outcomes of requests sent before it opened or closed do not count.
 *
 * @see https://martinfowler.com/bliki/CircuitBreaker.html
 */
export class CircuitBreaker {
  readonly #options: CircuitOptions;
  readonly #now: () => MonotonicMs;
  readonly #onChange: (state: CircuitState) => void;
  readonly #answered = new Float64Array(BUCKETS);
  readonly #failed = new Float64Array(BUCKETS);
  #bucket = 0;
  #bucketEndsAt = NEVER;
  /** When the next probe may be sent; undefined while closed. */
  #probeAt: MonotonicMs | undefined;
  /** Of all calls since it closed. */
  #normal: Permit = Symbol('call');
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

  /** How long until a call may be sent, in milliseconds; 0 when one may now. */
  get waitMs(): number {
    return this.#probeAt === undefined ? 0 : Math.max(0, this.#probeAt - this.#now());
  }

  /** Undefined when nothing may be sent. What is sent has to end with {@link answered}, {@link failed} or {@link left}. */
  admit(): Permit | undefined {
    if (this.#probeAt === undefined) return this.#normal;
    if (this.waitMs > 0) return undefined;
    this.#probeAt = later(this.#now(), this.#options.probeEveryMs);
    const probe = Symbol('probe');
    this.#probes.add(probe);
    if (this.#probes.size === 1) this.#onChange('half-open');
    return probe;
  }

  /** The upstream works, whatever it responded. */
  answered(permit: Permit): void {
    if (this.#probes.has(permit)) this.#close();
    else if (this.#isCounted(permit)) this.#count(this.#answered);
  }

  failed(permit: Permit): void {
    if (this.#ends(permit) || !this.#isCounted(permit)) return;
    this.#count(this.#failed);
    const failures = sum(this.#failed);
    const outcomes = failures + sum(this.#answered);
    const { minOutcomes, failureRate } = this.#options;
    if (outcomes < minOutcomes || failures / outcomes < failureRate) return;
    this.#probeAt = later(this.#now(), this.#options.probeEveryMs);
    this.#onChange('open');
  }

  /** Nobody waited for the outcome: the next caller may probe. */
  left(permit: Permit): void {
    if (this.#probes.has(permit)) this.#probeAt = this.#now();
    this.#ends(permit);
  }

  #isCounted(permit: Permit): boolean {
    return this.#probeAt === undefined && permit === this.#normal;
  }

  /** Whether it was a probe since the circuit opened; if so, it is over. */
  #ends(permit: Permit): boolean {
    const wasProbe = this.#probes.delete(permit);
    if (wasProbe && this.#probes.size === 0) this.#onChange('open');
    return wasProbe;
  }

  #close(): void {
    this.#probeAt = undefined;
    this.#normal = Symbol('call');
    this.#probes.clear();
    this.#answered.fill(0);
    this.#failed.fill(0);
    this.#onChange('closed');
  }

  #count(buckets: Float64Array): void {
    const bucketMs = this.#options.windowMs / BUCKETS;
    const now = this.#now();
    if (now >= this.#bucketEndsAt) {
      const passed = Math.min(BUCKETS, 1 + Math.floor((now - this.#bucketEndsAt) / bucketMs));
      for (let step = 0; step < passed; step++) {
        this.#bucket = (this.#bucket + 1) % BUCKETS;
        this.#answered[this.#bucket] = 0;
        this.#failed[this.#bucket] = 0;
      }
      this.#bucketEndsAt =
        passed === BUCKETS ? later(now, bucketMs) : later(this.#bucketEndsAt, passed * bucketMs);
    }
    buckets[this.#bucket] = (buckets[this.#bucket] as number) + 1;
  }
}

const sum = (counts: Float64Array): number => counts.reduce((all, count) => all + count);
