import { hash } from 'node:crypto';
import { BadInputError, quoted } from '../errors.ts';
import { FILTER_DIGITS } from '../paging/cursor.ts';
import type { RowFilter } from '../paging/filtered-search.ts';
import { instantOf, parseInstant, type VoiceJob } from './job.ts';

/** Maximum length of a filter's text, in code points before normalization. */
export const MAX_TEXT = 100;

/** A filter as sent by the client. All given parts must match; null means not given. */
export interface JobFilterInput {
  readonly text?: string | null | undefined;
  readonly status?: readonly VoiceJob['status'][] | null | undefined;
  readonly gender?: readonly VoiceJob['gender'][] | null | undefined;
  readonly scenario?: readonly VoiceJob['scenario'][] | null | undefined;
  readonly createdFrom?: string | null | undefined;
  readonly createdBefore?: string | null | undefined;
}

/** Maximum length of a time, in characters. */
const MAX_TIME = 64;

/** Name of the GraphQL argument, for error messages. */
const ARGUMENT = 'filter';

/**
 * Compiles a filter.
 *
 * @throws BadInputError that names the invalid part: a text that is empty, too long or not well-formed Unicode, an invalid time, or an
 *   empty time range
 */
export function readJobFilter(input: JobFilterInput): RowFilter<VoiceJob> {
  const text = readText(input.text ?? undefined);
  const from = readInstant('createdFrom', input.createdFrom ?? undefined);
  const before = readInstant('createdBefore', input.createdBefore ?? undefined);
  if (from !== undefined && before !== undefined && from >= before)
    throw new BadInputError(
      `${ARGUMENT}.createdBefore`,
      `\`${ARGUMENT}.createdBefore\` must be later than \`${ARGUMENT}.createdFrom\`: got ${quoted(String(input.createdBefore))}, not later than ${quoted(String(input.createdFrom))}.`,
    );
  const [status, gender, scenario] = [setOf(input.status), setOf(input.gender), setOf(input.scenario)];
  const parts = [text, listOf(status), listOf(gender), listOf(scenario), from, before];
  return {
    key: hash('sha256', JSON.stringify(parts.map((part) => part ?? null)), 'hex').slice(0, FILTER_DIGITS),
    matchesNothing: [status, gender, scenario].some((values) => values?.size === 0),
    oldestSecond: from === undefined ? undefined : Math.floor(from / 1000),
    newestSecond: before === undefined ? undefined : Math.ceil(before / 1000) - 1,
    matches(job) {
      if (status !== undefined && !status.has(job.status)) return false;
      if (gender !== undefined && !gender.has(job.gender)) return false;
      if (scenario !== undefined && !scenario.has(job.scenario)) return false;
      if (from !== undefined || before !== undefined) {
        const created = job.createTime === null ? null : instantOf(job.createTime);
        if (created === null || created < (from ?? created) || (before !== undefined && created >= before))
          return false;
      }
      return text === undefined || searchedText(job).includes(text);
    },
  };
}

function readText(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const argument = `${ARGUMENT}.text`;
  const allowed = `allowed are 1 to ${MAX_TEXT} characters`;
  if (text === '') throw new BadInputError(argument, `\`${argument}\` is empty; ${allowed}.`);
  // A code point has two code units at most.
  const length = text.length > 2 * MAX_TEXT ? Number.POSITIVE_INFINITY : [...text].length;
  if (length > MAX_TEXT) {
    const found = Number.isFinite(length) ? length : `more than ${MAX_TEXT}`;
    throw new BadInputError(argument, `\`${argument}\` has ${found} characters; ${allowed}.`);
  }
  if (!text.isWellFormed())
    throw new BadInputError(
      argument,
      `\`${argument}\` has a lone surrogate; allowed is well-formed Unicode.`,
    );
  return foldCase(text);
}

/** Parses a time to milliseconds since 1970, rounded up: times of jobs have no finer resolution. */
function readInstant(name: 'createdFrom' | 'createdBefore', text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const argument = `${ARGUMENT}.${name}`;
  // Not memoized, so that clients cannot fill the cache.
  const instant = text.length <= MAX_TIME && hasValidDate(text) ? parseInstant(text.toUpperCase()) : null;
  if (instant === null)
    throw new BadInputError(
      argument,
      `\`${argument}\` is ${quoted(text)}; allowed is an RFC 3339 time with seconds 00 to 59, for example 2023-04-01T06:23:59Z.`,
    );
  return /\.\d{3}0*[1-9]/.test(text) ? instant + 1 : instant;
}

/** Whether a time starts with an existing day and an hour below 24. `Date.parse` accepts February 30 and hour 24. */
function hasValidDate(text: string): boolean {
  const day = text.slice(0, 10);
  const midnight = Date.parse(`${day}T00:00:00Z`);
  const isDay = !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(day);
  return isDay && text.slice(11, 13) !== '24';
}

function setOf<Value>(values: readonly Value[] | null | undefined): ReadonlySet<Value> | undefined {
  return values === null || values === undefined ? undefined : new Set(values);
}

function listOf(values: ReadonlySet<unknown> | undefined): readonly unknown[] | undefined {
  return values && [...values].sort();
}

/** Separates the fields of a job: a lone surrogate, which no well-formed text contains. */
const SEPARATOR = '\ud800';

/** Cached per job: jobs are immutable and shared by many requests. */
const searchedTexts = new WeakMap<VoiceJob, string>();

/** The searched fields of a job, case-folded and joined. */
function searchedText(job: VoiceJob): string {
  let text = searchedTexts.get(job);
  if (text === undefined) {
    const { voiceName, voiceDesc, voiceId, jobId, message } = job;
    const fields = [voiceName, voiceDesc, voiceId, jobId, message];
    text = fields.flatMap((field) => (field === null ? [] : foldCase(field.toWellFormed()))).join(SEPARATOR);
    searchedTexts.set(job, text);
  }
  return text;
}

/** ASCII texts, for which lower case is the same as NFKC and full case folding. */
const ASCII = /^\p{ASCII}*$/u;

/**
 * Normalizes a text for caseless comparison: NFKC, then full case folding, independent of the locale.
 *
 * JavaScript has no case folding; lower, upper and lower case in sequence are equivalent. `ß` and `ẞ` become `ss`, a final sigma
 * becomes a sigma, and `I`, `ı`, `İ` and `i` are equal.
 *
 * @see https://www.unicode.org/versions/Unicode16.0.0/core-spec/chapter-3/#G53253
 */
export function foldCase(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  const cased = text.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase().normalize('NFKC');
  return cased.replaceAll('ς', 'σ').replaceAll('i\u0307', 'i');
}
