import type { CustomizedVoiceJobStatus, VoiceScenario } from '../generated/graphql.ts';
import { momentOf } from '../i18n/formats.ts';

/** Fields of a job that the charts use. */
export interface CountedJob {
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
export const OUTCOMES = ['success', 'inProgress', 'failed', 'unknown'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Lengths of a period. */
export const PERIOD_LENGTHS = ['day', 'week', 'month'] as const;
export type PeriodLength = (typeof PERIOD_LENGTHS)[number];

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
export function countByStatus(jobs: readonly CountedJob[]): readonly Count<CustomizedVoiceJobStatus>[] {
  return tally(STATUSES, jobs, ({ status }) => status);
}

/** Jobs by scenario: every scenario, also those without jobs, then jobs without one if there are any. */
export function countByScenario(jobs: readonly CountedJob[]): readonly Count<VoiceScenario>[] {
  return tally(SCENARIOS, jobs, ({ scenario }) => scenario);
}

function tally<Key>(
  keys: readonly Key[],
  jobs: readonly CountedJob[],
  keyOf: (job: CountedJob) => Key | null | undefined,
): readonly Count<Key>[] {
  const counts = keys.map((key) => ({ key, count: jobs.filter((job) => keyOf(job) === key).length }));
  const unknown = jobs.filter((job) => !keys.some((key) => key === keyOf(job))).length;
  return unknown === 0 ? counts : [...counts, { key: null, count: unknown }];
}

/** Periods from the oldest to the newest job in the user's time zone, empty ones included. */
export interface Calendar {
  readonly periods: readonly Period[];
  /** Number of jobs without a creation time, which are in no period. */
  readonly undated: number;
}

/** Counts jobs by creation time. Weeks start on Monday. */
export function countByPeriod(jobs: readonly CountedJob[], length: PeriodLength): Calendar {
  const counted = new Map<number, Record<Outcome, number>>();
  let undated = 0;
  for (const { createTime, status } of jobs) {
    const atMs = momentOf(createTime);
    if (atMs === undefined) {
      undated += 1;
      continue;
    }
    const startMs = startOf(atMs, length);
    const period = counted.get(startMs) ?? { success: 0, inProgress: 0, failed: 0, unknown: 0 };
    period[outcomeOf(status)] += 1;
    counted.set(startMs, period);
  }
  const starts = [...counted.keys()];
  const lastMs = Math.max(...starts);
  const periods: Period[] = [];
  for (let startMs = Math.min(...starts); startMs <= lastMs; startMs = startOfNext(startMs, length)) {
    const period = counted.get(startMs) ?? { success: 0, inProgress: 0, failed: 0, unknown: 0 };
    periods.push({ startMs, ...period, total: OUTCOMES.reduce((sum, each) => sum + period[each], 0) });
  }
  return { periods, undated };
}

/** The shortest period length for which the bars still fit. */
export function fittingPeriodLength(jobs: readonly CountedJob[]): PeriodLength {
  const moments = jobs.flatMap(({ createTime }) => momentOf(createTime) ?? []);
  const days = (Math.max(...moments) - Math.min(...moments)) / 86_400_000;
  if (days <= 45 || moments.length === 0) return 'day';
  return days <= 7 * 45 ? 'week' : 'month';
}

function outcomeOf(status: CountedJob['status']): Outcome {
  if (status === 'SUCCESS') return 'success';
  if (status === 'FAIL') return 'failed';
  return status == null ? 'unknown' : 'inProgress';
}

/** Uses the fields of a date, because a day has 23 or 25 hours when daylight saving time begins or ends. */
function startOf(atMs: number, length: PeriodLength): number {
  const at = new Date(atMs);
  const day = at.getDate();
  if (length === 'month') return new Date(at.getFullYear(), at.getMonth(), 1).getTime();
  const back = length === 'week' ? (at.getDay() + 6) % 7 : 0;
  return new Date(at.getFullYear(), at.getMonth(), day - back).getTime();
}

function startOfNext(startMs: number, length: PeriodLength): number {
  const at = new Date(startMs);
  const days = length === 'day' ? 1 : length === 'week' ? 7 : 0;
  const months = length === 'month' ? 1 : 0;
  return new Date(at.getFullYear(), at.getMonth() + months, at.getDate() + days).getTime();
}
