import type { Judge } from '../judge/judge.ts';
import type { Figures } from '../measure/figures.ts';
import { grows, type Trend, trendOf } from '../measure/trend.ts';

/** Share of a run in which caches fill and code is compiled; growth in it is not a leak. */
export const WARM_UP = 1 / 5;

/** Minimum duration of a run whose memory growth counts; in shorter ones the heap is still settling. */
export const MIN_JUDGED_MINUTES = 10;

/** Trend of the gateway's memory after the warm-up, in kB per minute. */
export function memoryTrend({ samples, minutes }: Pick<Figures, 'samples' | 'minutes'>): Trend {
  const warm = samples.filter((sample) => sample.minutes >= WARM_UP * minutes);
  return trendOf(warm.map((sample) => ({ minutes: sample.minutes, value: sample.rssKb })));
}

/** Reasons for which a run fails, one line each. */
export function problems(judge: Pick<Judge, 'unexpectedCount'>, figures: Figures): string[] {
  const found: string[] = [];
  const { death, exitCode, handlesLeft } = figures;
  if (judge.unexpectedCount > 0) found.push(`unexpected events: ${judge.unexpectedCount}`);
  if (death !== undefined) found.push(`the gateway ended before SIGTERM: ${death}`);
  else if (exitCode !== 0) found.push(`exit code ${exitCode ?? 'none'} after SIGTERM instead of 0`);
  if (figures.minutes >= MIN_JUDGED_MINUTES && grows(memoryTrend(figures)))
    found.push('memory grew significantly');
  const left = Object.entries(handlesLeft).map(([kind, count]) => `${count} × ${kind}`);
  if (left.length > 0) found.push(`still open after the load: ${left.join(', ')}`);
  return found;
}
