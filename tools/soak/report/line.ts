import { percentile } from '../../bench/statistics.ts';

/** State of a run at a point in time. */
export interface Progress {
  readonly seconds: number;
  /** Number of responses so far. */
  readonly responses: number;
  readonly unexpected: number;
  /** Number of responses so far by code, without complete ones. */
  readonly byCode: ReadonlyMap<string, number>;
  readonly calls: number;
  readonly rssKb: number;
  /** Number of open descriptors. */
  readonly handles: number;
  /** Durations of /health requests since the previous line. */
  readonly healthMs: readonly number[];
  /** The upstream's current failure. */
  readonly fault: string | undefined;
}

/** One line about the time between two states. */
export function progressLine(before: Progress, now: Progress): string {
  const seconds = now.seconds - before.seconds;
  const codes = [...now.byCode]
    .map(([code, count]) => [code, count - (before.byCode.get(code) ?? 0)] as const)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([code, count]) => `${code} ${count}`);
  return [
    `${String(Math.round(now.seconds)).padStart(5)} s`,
    `${Math.round((now.responses - before.responses) / seconds)} responses/s`,
    `${Math.round((now.calls - before.calls) / seconds)} calls/s`,
    `${Math.round(now.rssKb / 1024)} MB`,
    `${now.handles} handles`,
    `/health p99 ${now.healthMs.length === 0 ? '–' : percentile(now.healthMs, 99).toFixed(1)} ms`,
    `unexpected ${now.unexpected - before.unexpected}`,
    now.fault ?? 'no fault',
    codes.join(', '),
  ].join(' | ');
}
