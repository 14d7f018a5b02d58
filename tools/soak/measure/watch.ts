import { type Progress, progressLine } from '../report/line.ts';
import type { Stage } from '../stage.ts';
import type { Sample } from './figures.ts';
import type { HealthWatch } from './health.ts';
import { handlesOf, rssOf } from './vitals.ts';

/** Samples a run from outside. */
export class Watch {
  readonly samples: Sample[] = [];
  readonly #stage: Stage;
  readonly #health: HealthWatch;
  readonly #startedAtMs = performance.now();
  #before: Progress;
  #looksBefore = 0;

  constructor(stage: Stage, health: HealthWatch) {
    this.#stage = stage;
    this.#health = health;
    this.#before = this.#progress();
  }

  /** Minutes since the watch began. */
  get minutes(): number {
    return (performance.now() - this.#startedAtMs) / 60_000;
  }

  /** Records the gateway's memory. */
  sample(): void {
    const rssKb = rssOf(this.#stage.gateway.pid);
    if (rssKb !== undefined) this.samples.push({ minutes: this.minutes, rssKb });
  }

  /** Progress since the previous line, as one line. */
  line(): string {
    const now = this.#progress();
    const line = progressLine(this.#before, now);
    this.#before = now;
    this.#looksBefore = this.#health.tookMs.length;
    return line;
  }

  #progress(): Progress {
    const { judge, calls, gateway, failures } = this.#stage;
    return {
      seconds: this.minutes * 60,
      responses: judge.tookMs.length,
      unexpected: judge.unexpectedCount,
      byCode: new Map(judge.byCode),
      calls: calls.total,
      rssKb: rssOf(gateway.pid) ?? 0,
      handles: Object.values(handlesOf(gateway.pid)).reduce((sum, count) => sum + count, 0),
      healthMs: this.#health.tookMs.slice(this.#looksBefore),
      fault: failures.fault,
    };
  }
}
