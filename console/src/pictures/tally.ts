import type { CustomizedVoiceJobStatus, VoiceScenario } from '../generated/graphql.ts';
import { momentOf } from '../words/formats.ts';

/** Fields of a job that the charts use. */
export interface TalliedJob {
  readonly status: CustomizedVoiceJobStatus | null | undefined;
  readonly scenario: VoiceScenario | null | undefined;
  readonly createTime: string | null | undefined;
}

/** Number of jobs in a category. `key` is null for jobs without a known value. */
export interface Count<Key> {
  readonly key: Key | null;
  readonly count: number;
}

/** Outcome of a job so far. */
export const OUTCOMES = ['success', 'underWay', 'failed', 'unsaid'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Lengths of a period. */
export const SPANS = ['day', 'week', 'month'] as const;
export type Span = (typeof SPANS)[number];

/** Number of jobs created in one day, week or month of the user's time zone, by outcome. */
export interface Period extends Readonly<Record<Outcome, number>> {
  /** Start of the period. */
  readonly startMs: number;
  readonly total: number;
}

const STATUSES: readonly CustomizedVoiceJobStatus[] = [
  'INITIALIZATION',
  'AUDIO_DETECTING',
  'PRE_TRAINING',
  'TRAINING',
  'SUCCESS',
  'FAIL',
];
const SCENARIOS: readonly VoiceScenario[] = ['STORY', 'INTERACTION', 'NAVIGATION'];

/** Jobs by status: every status in order, also those without jobs, then the unknown ones if there are any. */
export function byState(jobs: readonly TalliedJob[]): readonly Count<CustomizedVoiceJobStatus>[] {
  return tally(STATUSES, jobs, ({ status }) => status);
}

/** Jobs by scenario: every scenario, also those without jobs, then jobs without one if there are any. */
export function byScenario(jobs: readonly TalliedJob[]): readonly Count<VoiceScenario>[] {
  return tally(SCENARIOS, jobs, ({ scenario }) => scenario);
}

function tally<Key>(
  keys: readonly Key[],
  jobs: readonly TalliedJob[],
  keyOf: (job: TalliedJob) => Key | null | undefined,
): readonly Count<Key>[] {
  const counts = keys.map((key) => ({ key, count: jobs.filter((job) => keyOf(job) === key).length }));
  const unsaid = jobs.filter((job) => !keys.some((key) => key === keyOf(job))).length;
  return unsaid === 0 ? counts : [...counts, { key: null, count: unsaid }];
}

/** Periods from the oldest to the newest job in the user's time zone, empty ones included. */
export interface Calendar {
  readonly periods: readonly Period[];
  /** Number of jobs without a creation time, which are in no period. */
  readonly undated: number;
}

/** Counts jobs by creation time. Weeks start on Monday. */
export function byTime(jobs: readonly TalliedJob[], span: Span): Calendar {
  const counted = new Map<number, Record<Outcome, number>>();
  let undated = 0;
  for (const { createTime, status } of jobs) {
    const atMs = momentOf(createTime);
    if (atMs === undefined) {
      undated += 1;
      continue;
    }
    const startMs = startOf(atMs, span);
    const period = counted.get(startMs) ?? { success: 0, underWay: 0, failed: 0, unsaid: 0 };
    period[outcomeOf(status)] += 1;
    counted.set(startMs, period);
  }
  const starts = [...counted.keys()];
  const lastMs = Math.max(...starts);
  const periods: Period[] = [];
  for (let startMs = Math.min(...starts); startMs <= lastMs; startMs = startOfNext(startMs, span)) {
    const period = counted.get(startMs) ?? { success: 0, underWay: 0, failed: 0, unsaid: 0 };
    periods.push({ startMs, ...period, total: OUTCOMES.reduce((sum, each) => sum + period[each], 0) });
  }
  return { periods, undated };
}

/** The shortest period length for which the bars still fit. */
export function fittingSpan(jobs: readonly TalliedJob[]): Span {
  const moments = jobs.flatMap(({ createTime }) => momentOf(createTime) ?? []);
  const days = (Math.max(...moments) - Math.min(...moments)) / 86_400_000;
  if (days <= 45 || moments.length === 0) return 'day';
  return days <= 7 * 45 ? 'week' : 'month';
}

function outcomeOf(status: TalliedJob['status']): Outcome {
  if (status === 'SUCCESS') return 'success';
  if (status === 'FAIL') return 'failed';
  return status == null ? 'unsaid' : 'underWay';
}

/** Uses the fields of a date, because a day has 23 or 25 hours when daylight saving time begins or ends. */
function startOf(atMs: number, span: Span): number {
  const at = new Date(atMs);
  const day = at.getDate();
  if (span === 'month') return new Date(at.getFullYear(), at.getMonth(), 1).getTime();
  const back = span === 'week' ? (at.getDay() + 6) % 7 : 0;
  return new Date(at.getFullYear(), at.getMonth(), day - back).getTime();
}

function startOfNext(startMs: number, span: Span): number {
  const at = new Date(startMs);
  const days = span === 'day' ? 1 : span === 'week' ? 7 : 0;
  const months = span === 'month' ? 1 : 0;
  return new Date(at.getFullYear(), at.getMonth() + months, at.getDate() + days).getTime();
}
