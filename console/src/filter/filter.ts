import type {
  CustomizedVoiceJobFilter,
  CustomizedVoiceJobStatus,
  VoiceGender,
  VoiceScenario,
} from '../generated/graphql.ts';

export const STATUSES = [
  'INITIALIZATION',
  'AUDIO_DETECTING',
  'PRE_TRAINING',
  'TRAINING',
  'SUCCESS',
  'FAIL',
] as const satisfies readonly CustomizedVoiceJobStatus[];
export const GENDERS = ['FEMALE', 'MALE'] as const satisfies readonly VoiceGender[];
export const SCENARIOS = ['STORY', 'INTERACTION', 'NAVIGATION'] as const satisfies readonly VoiceScenario[];

/** Most characters of the text, as the schema has it. */
export const MAX_TEXT = 100;

/** Which jobs to show. An empty list, an empty text and null ask for nothing. */
export interface JobFilter {
  readonly text: string;
  readonly status: readonly CustomizedVoiceJobStatus[];
  readonly gender: readonly VoiceGender[];
  readonly scenario: readonly VoiceScenario[];
  /** First and last day of creation, in the calendar of the viewer: `2026-11-30`. */
  readonly from: string | null;
  readonly to: string | null;
}

export const NO_FILTER: JobFilter = { text: '', status: [], gender: [], scenario: [], from: null, to: null };

/** Whether every job matches. */
export const isEmpty = (filter: JobFilter): boolean => Object.keys(toInput(filter)).length === 0;

/** Equal for filters that ask for the same. */
export const keyOf = (filter: JobFilter): string => JSON.stringify(toInput(filter));

/**
 * A filter as the API takes it. Days that stand the wrong way round are taken the right one, and what is no day is left out: both
 * come from addresses that somebody has written.
 */
export function toInput(filter: JobFilter): CustomizedVoiceJobFilter {
  const text = [...filter.text.trim().toWellFormed()].slice(0, MAX_TEXT).join('');
  return {
    ...(text !== '' && { text }),
    ...(filter.status.length > 0 && { status: STATUSES.filter((each) => filter.status.includes(each)) }),
    ...(filter.gender.length > 0 && { gender: GENDERS.filter((each) => filter.gender.includes(each)) }),
    ...(filter.scenario.length > 0 && {
      scenario: SCENARIOS.filter((each) => filter.scenario.includes(each)),
    }),
    ...rangeOf(filter),
  };
}

/** The moments between which the days of a filter lie. */
export function rangeOf({ from, to }: Pick<JobFilter, 'from' | 'to'>): {
  readonly createdFrom?: string;
  readonly createdBefore?: string;
} {
  const isTurned = from !== null && to !== null && from > to;
  const createdFrom = startOfDay(isTurned ? to : from, 0);
  const createdBefore = startOfDay(isTurned ? from : to, 1);
  return {
    ...(createdFrom !== undefined && { createdFrom }),
    ...(createdBefore !== undefined && { createdBefore }),
  };
}

/** The first moment of a day of the viewer's calendar, or of one some days later; undefined of what is no day. */
function startOfDay(day: string | null, later: number): string | undefined {
  const [, year, month, date] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day ?? '') ?? [];
  if (year === undefined) return undefined;
  const start = new Date(Number(year), Number(month) - 1, Number(date));
  if (start.getMonth() !== Number(month) - 1 || start.getFullYear() !== Number(year)) return undefined;
  start.setDate(start.getDate() + later);
  return start.toISOString();
}

/** A day of the viewer's calendar, some days before a moment. */
export function dayBefore(atMs: number, days: number): string {
  const at = new Date(atMs);
  at.setDate(at.getDate() - days);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** The filterable fields of a job that live updates change. */
interface LiveJob {
  readonly status: CustomizedVoiceJobStatus | null;
}

/**
 * Whether a job that matched when it was read still does, as far as what changes since can tell: its status. A text that matched is
 * taken to match.
 */
export function stillMatches({ status }: JobFilter, job: LiveJob): boolean {
  return status.length === 0 || (job.status !== null && status.includes(job.status));
}
