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

/** Maximum length of the text, as in the schema. */
export const MAX_TEXT = 100;

/** Which jobs to show. An empty list, an empty text or null is no condition. */
export interface JobFilter {
  readonly text: string;
  readonly status: readonly CustomizedVoiceJobStatus[];
  readonly gender: readonly VoiceGender[];
  readonly scenario: readonly VoiceScenario[];
  /** First and last day of creation in the user's time zone, as in `2026-11-30`. */
  readonly from: string | null;
  readonly to: string | null;
}

export const NO_FILTER: JobFilter = { text: '', status: [], gender: [], scenario: [], from: null, to: null };

/** Whether the filter has no condition. */
export const isEmpty = (filter: JobFilter): boolean => Object.keys(toInput(filter)).length === 0;

/** A key that is equal for equivalent filters. */
export const keyOf = (filter: JobFilter): string => JSON.stringify(toInput(filter));

/**
 * The filter as an argument of the API. Days in the wrong order are swapped and malformed ones ignored, because
 * addresses can be edited by hand.
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

/** The time range of the filter's days. */
export function rangeOf({ from, to }: Pick<JobFilter, 'from' | 'to'>): {
  readonly createdFrom?: string;
  readonly createdBefore?: string;
} {
  const isReversed = from !== null && to !== null && from > to;
  const createdFrom = startOfDay(isReversed ? to : from, 0);
  const createdBefore = startOfDay(isReversed ? from : to, 1);
  return {
    ...(createdFrom !== undefined && { createdFrom }),
    ...(createdBefore !== undefined && { createdBefore }),
  };
}

/** Start of a day in the user's time zone, or of the day `later` days after it; undefined for a malformed day. */
function startOfDay(day: string | null, later: number): string | undefined {
  const [, year, month, date] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day ?? '') ?? [];
  if (year === undefined) return undefined;
  const start = new Date(Number(year), Number(month) - 1, Number(date));
  if (start.getMonth() !== Number(month) - 1 || start.getFullYear() !== Number(year)) return undefined;
  start.setDate(start.getDate() + later);
  return start.toISOString();
}

/** The day in the user's time zone, `days` days before a time. */
export function daysBefore(atMs: number, days: number): string {
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
 * Whether a job that matched when it was read still matches, judged by the fields that live updates change: the status.
 */
export function stillMatches({ status }: JobFilter, job: LiveJob): boolean {
  return status.length === 0 || (job.status !== null && status.includes(job.status));
}
