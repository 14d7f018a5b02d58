import { percentile } from '../../bench/statistics.ts';

/** What a run knows of itself at a time. */
export interface Progress {
  readonly seconds: number;
  /** Answers so far, and how many of them were judged unexpected. */
  readonly answers: number;
  readonly unexpected: number;
  /** Answers so far by code; whole ones are not among them. */
  readonly byCode: ReadonlyMap<string, number>;
  readonly calls: number;
  readonly rssKb: number;
  /** Open descriptors. */
  readonly handles: number;
  /** Of the looks at /health since the line before. */
  readonly healthMs: readonly number[];
  /** What befalls the upstream right now. */
  readonly trouble: string | undefined;
}

/** One line on what happened between two times. */
export function progressLine(before: Progress, now: Progress): string {
  const seconds = now.seconds - before.seconds;
  const codes = [...now.byCode]
    .map(([code, count]) => [code, count - (before.byCode.get(code) ?? 0)] as const)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([code, count]) => `${code} ${count}`);
  return [
    `${String(Math.round(now.seconds)).padStart(5)} s`,
    `${Math.round((now.answers - before.answers) / seconds)} answers/s`,
    `${Math.round((now.calls - before.calls) / seconds)} calls/s`,
    `${Math.round(now.rssKb / 1024)} MB`,
    `${now.handles} handles`,
    `/health p99 ${now.healthMs.length === 0 ? '–' : percentile(now.healthMs, 99).toFixed(1)} ms`,
    `unexpected ${now.unexpected - before.unexpected}`,
    now.trouble ?? 'no trouble',
    codes.join(', '),
  ].join(' | ');
}
