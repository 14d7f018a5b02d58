/** When a circuit opens and how it is tried again. */
export interface CircuitOptions {
  /** Over which time outcomes are counted, in milliseconds. */
  readonly windowMs: number;
  /** Outcomes in that time below which it stays closed: few of them prove nothing. */
  readonly minOutcomes: number;
  /** Share of failures from which on it opens, 0..1. */
  readonly failureRate: number;
  /** How often one call is let through an open circuit, in milliseconds. */
  readonly probeEveryMs: number;
}

/** The circuit of an upstream. */
export const CIRCUIT: CircuitOptions = {
  windowMs: 10_000,
  minOutcomes: 20,
  failureRate: 0.5,
  probeEveryMs: 1000,
};

/** Parts of the window that are dropped one at a time. */
const BUCKETS = 10;

/** `half-open` while a probe is under way. */
export type CircuitState = 'closed' | 'open' | 'half-open';

/** Leave to send one request; its outcome is told with it. */
export interface Permit {
  readonly isProbe: boolean;
}

/**
 * Stops calls to an upstream that fails, so that callers learn it at once and the upstream is left to recover. Opens when
 * most calls of the last seconds failed; then lets a probe through now and then, the first of which that is answered
 * closes it. A probe that hangs does not hold up the next one, so recovery takes `probeEveryMs` and no longer, if
 * anybody asks. What was sent before it opened or closed tells nothing about how the upstream is since.
 *
 * What counts as a failure is for the caller to say.
 *
 * @see https://martinfowler.com/bliki/CircuitBreaker.html
 */
export class Circuit {
  readonly #options: CircuitOptions;
  readonly #now: () => number;
  readonly #turned: (state: CircuitState) => void;
  readonly #answered = new Float64Array(BUCKETS);
  readonly #failed = new Float64Array(BUCKETS);
  #bucket = 0;
  #bucketEndsAt = Number.NEGATIVE_INFINITY;
  /** When the next probe may be sent; undefined while closed. */
  #probeAt: number | undefined;
  /** Given to whoever comes while it is closed this time. */
  #normal: Permit = { isProbe: false };
  /** Under way while it is open this time. */
  readonly #probes = new Set<Permit>();

  /** @param turned told of each change of state */
  constructor(
    options: Partial<CircuitOptions> = {},
    turned: (state: CircuitState) => void = () => {},
    now: () => number = () => performance.now(),
  ) {
    this.#options = { ...CIRCUIT, ...options };
    this.#turned = turned;
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
    this.#probeAt = this.#now() + this.#options.probeEveryMs;
    const probe = { isProbe: true };
    this.#probes.add(probe);
    if (this.#probes.size === 1) this.#turned('half-open');
    return probe;
  }

  /** The upstream does its work, whatever it said. */
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
    if (outcomes >= minOutcomes && failures / outcomes >= failureRate) this.#open();
  }

  /** Nobody waited for the outcome: the next one who comes may find out. */
  left(permit: Permit): void {
    if (this.#probes.has(permit)) this.#probeAt = this.#now();
    this.#ends(permit);
  }

  #isCounted(permit: Permit): boolean {
    return this.#probeAt === undefined && permit === this.#normal;
  }

  /** Whether it was a probe of this time; if so, it is over. */
  #ends(permit: Permit): boolean {
    const wasProbe = this.#probes.delete(permit);
    if (wasProbe && this.#probes.size === 0) this.#turned('open');
    return wasProbe;
  }

  #open(): void {
    this.#probeAt = this.#now() + this.#options.probeEveryMs;
    this.#turned('open');
  }

  #close(): void {
    this.#probeAt = undefined;
    this.#normal = { isProbe: false };
    this.#probes.clear();
    this.#answered.fill(0);
    this.#failed.fill(0);
    this.#turned('closed');
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
      this.#bucketEndsAt = passed === BUCKETS ? now + bucketMs : this.#bucketEndsAt + passed * bucketMs;
    }
    buckets[this.#bucket] = (buckets[this.#bucket] as number) + 1;
  }
}

function sum(buckets: Float64Array): number {
  let all = 0;
  for (const count of buckets) all += count;
  return all;
}
