import { monotonic } from '../monotonic.ts';
import { Turns } from './rate-limited.ts';

/** How the account counts: seconds that begin with their first request, or any second. Both are seen in the wild. */
export type Counting = 'fixed' | 'sliding';

/** An account whose quota nobody knows, many who ask without pause, and a governor between. Times are those of fake timers. */
export interface Simulation {
  /** Requests a second that the upstream takes; may be changed. */
  quota: number;
  readonly max: number;
  readonly counting: Counting;
  /** From sending to having the answer; half of it on the way there. */
  readonly latencyMs: number;
  /** Whether a throttled answer says how long to wait. */
  readonly tellsWait: boolean;
  readonly deadlineMs: number;
}

/** One request as the upstream saw it. */
interface Arrival {
  readonly at: number;
  readonly isTaken: boolean;
}

const TRIES = 3;

/** Runs {@link Simulation}s. */
export class SimulatedAccount {
  readonly turns: Turns;
  readonly arrivals: Arrival[] = [];
  /** Turns that came after their deadline. */
  late = 0;
  readonly #simulation: Simulation;
  /** When requests were taken of the second that counts. */
  #taken: number[] = [];

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
    this.turns = new Turns(simulation.max);
  }

  /** Sends always somebody new when somebody was answered or refused. */
  keepBusy(clients: number): void {
    for (let client = 0; client < clients; client++) setTimeout(() => this.#call(), client % 50);
  }

  /** What arrived in a time, in seconds since the start. */
  between(from: number, to: number): { taken: number; throttled: number } {
    const arrivals = this.arrivals.filter(({ at }) => at >= from * 1000 && at < to * 1000);
    const taken = arrivals.filter(({ isTaken }) => isTaken).length;
    return { taken, throttled: arrivals.length - taken };
  }

  #call(tries = 1, deadlineAt = performance.now() + this.#simulation.deadlineMs): void {
    this.turns.ask(deadlineAt - performance.now(), ({ sentAt, retryAfterMs = 0 }) => {
      // Whoever was refused comes again when told to, and then somewhat later.
      if (sentAt === undefined) setTimeout(() => this.#call(), retryAfterMs + 200);
      else {
        if (performance.now() > deadlineAt) this.late++;
        this.#send(sentAt, tries, deadlineAt);
      }
    });
  }

  #send(sentAt: number, tries: number, deadlineAt: number): void {
    const { latencyMs, tellsWait } = this.#simulation;
    const { governor } = this.turns;
    setTimeout(() => {
      const waitMs = this.#take();
      this.arrivals.push({ at: performance.now(), isTaken: waitMs === 0 });
      setTimeout(() => {
        if (waitMs === 0) governor.answered(performance.now() - sentAt);
        else governor.throttled(monotonic(sentAt), tellsWait ? waitMs : undefined);
        const backOffMs = tellsWait ? 0 : 50 * tries;
        const isOver = waitMs === 0 || tries === TRIES || performance.now() + backOffMs >= deadlineAt;
        if (isOver) this.#call();
        else setTimeout(() => this.#call(tries + 1, deadlineAt), backOffMs);
      }, latencyMs / 2);
    }, latencyMs / 2);
  }

  /** 0, or how long to wait. */
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
