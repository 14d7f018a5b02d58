import { monotonic } from '../monotonic.ts';
import { LimitedCalls } from './limited-calls.ts';

/** Counting windows of the account: seconds that begin with their first request, or any second. Both occur in practice. */
export type Counting = 'fixed' | 'sliding';

/**
 * An account with an unknown quota, many callers without pauses, and a limiter in between. Times are those of fake timers.
 */
export interface Simulation {
  /** Number of requests per second that the upstream accepts; may be changed. */
  quota: number;
  readonly max: number;
  readonly counting: Counting;
  /** Time from sending to the response; half of it is the way to the upstream. */
  readonly latencyMs: number;
  /** Whether a throttled response requests a pause. */
  readonly tellsWait: boolean;
  readonly deadlineMs: number;
}

/** A request as the upstream received it. */
interface Arrival {
  readonly at: number;
  readonly isTaken: boolean;
}

const MAX_ATTEMPTS = 3;

/** Runs {@link Simulation}s. */
export class SimulatedAccount {
  readonly calls: LimitedCalls;
  readonly arrivals: Arrival[] = [];
  /** Number of slots that came after their deadline. */
  late = 0;
  readonly #simulation: Simulation;
  /** Times of the requests accepted in the current window. */
  #taken: number[] = [];

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
    this.calls = new LimitedCalls(simulation.max);
  }

  /** Keeps sending: each response or rejection is followed by another call. */
  keepBusy(clients: number): void {
    for (let client = 0; client < clients; client++) setTimeout(() => this.#call(), client % 50);
  }

  /** Requests that arrived within a time, in seconds since the start. */
  between(from: number, to: number): { taken: number; throttled: number } {
    const arrivals = this.arrivals.filter(({ at }) => at >= from * 1000 && at < to * 1000);
    const taken = arrivals.filter(({ isTaken }) => isTaken).length;
    return { taken, throttled: arrivals.length - taken };
  }

  #call(tries = 1, deadlineAt = performance.now() + this.#simulation.deadlineMs): void {
    this.calls.start(deadlineAt - performance.now(), ({ sentAt, retryAfterMs = 0 }) => {
      // A rejected call retries after its Retry-After, plus a random delay.
      if (sentAt === undefined) setTimeout(() => this.#call(), retryAfterMs + 200);
      else {
        if (performance.now() > deadlineAt) this.late++;
        this.#send(sentAt, tries, deadlineAt);
      }
    });
  }

  #send(sentAt: number, tries: number, deadlineAt: number): void {
    const { latencyMs, tellsWait } = this.#simulation;
    const { limiter } = this.calls;
    setTimeout(() => {
      const waitMs = this.#take();
      this.arrivals.push({ at: performance.now(), isTaken: waitMs === 0 });
      setTimeout(() => {
        if (waitMs === 0) limiter.answered(performance.now() - sentAt);
        else limiter.throttled(monotonic(sentAt), tellsWait ? waitMs : undefined);
        const backOffMs = tellsWait ? 0 : 50 * tries;
        const isOver = waitMs === 0 || tries === MAX_ATTEMPTS || performance.now() + backOffMs >= deadlineAt;
        if (isOver) this.#call();
        else setTimeout(() => this.#call(tries + 1, deadlineAt), backOffMs);
      }, latencyMs / 2);
    }, latencyMs / 2);
  }

  /** 0, or the requested pause. */
  #take(): number {
    const { quota, counting } = this.#simulation;
    const now = performance.now();
    const isOver = (time: number | undefined) => time !== undefined && now - time >= 1000;
    if (counting === 'fixed' && isOver(this.#taken[0])) this.#taken = [];
    while (counting === 'sliding' && isOver(this.#taken[0])) this.#taken.shift();
    if (this.#taken.length < quota) {
      this.#taken.push(now);
      return 0;
    }
    return Math.ceil((this.#taken[this.#taken.length - quota] ?? now) + 1000 - now);
  }
}
