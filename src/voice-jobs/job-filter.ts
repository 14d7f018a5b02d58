import { hash } from 'node:crypto';
import { BadInputError, quoted } from '../errors.ts';
import { FILTER_DIGITS } from '../paging/cursor.ts';
import type { RowFilter } from '../paging/search-connection.ts';
import { instantOf, parseInstant, type VoiceJob } from './job.ts';

/** Most characters of the text of a filter, in code points as they were sent. */
export const MAX_TEXT = 100;

/** What is wanted of jobs, as it arrives. All given parts must hold; null counts as not given. */
export interface JobFilterInput {
  readonly text?: string | null | undefined;
  readonly status?: readonly VoiceJob['status'][] | null | undefined;
  readonly gender?: readonly VoiceJob['gender'][] | null | undefined;
  readonly scenario?: readonly VoiceJob['scenario'][] | null | undefined;
  readonly createdFrom?: string | null | undefined;
  readonly createdBefore?: string | null | undefined;
}

/** Most characters of a time. */
const MAX_TIME = 64;

/** The argument that filters arrive in, as error messages name it. */
const ARGUMENT = 'filter';

/**
 * Reads a filter.
 *
 * @throws BadInputError for a text that is empty, too long or no Unicode, for what is no time, and for times that leave nothing
 *   between them; names the part
 */
export function readJobFilter(input: JobFilterInput): RowFilter<VoiceJob> {
  const text = readText(input.text ?? undefined);
  const from = readInstant('createdFrom', input.createdFrom ?? undefined);
  const before = readInstant('createdBefore', input.createdBefore ?? undefined);
  if (from !== undefined && before !== undefined && from >= before)
    throw new BadInputError(
      `${ARGUMENT}.createdBefore`,
      `\`${ARGUMENT}.createdBefore\` is ${quoted(String(input.createdBefore))}, which is not later than \`${ARGUMENT}.createdFrom\`, ${quoted(String(input.createdFrom))}: no time lies between them.`,
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
    throw new BadInputError(argument, `\`${argument}\` has half of a surrogate pair, which is no character.`);
  return foldCase(text);
}

/** The first whole millisecond that is not before a time: jobs are as exact as that at most. */
function readInstant(name: 'createdFrom' | 'createdBefore', text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const argument = `${ARGUMENT}.${name}`;
  // A caller's text may be long, and is not to be memoized.
  const instant = text.length <= MAX_TIME && isClock(text) ? parseInstant(text.toUpperCase()) : null;
  if (instant === null)
    throw new BadInputError(
      argument,
      `\`${argument}\` is ${quoted(text)}; allowed is a time as RFC 3339 writes it, for example 2023-04-01T06:23:59Z.`,
    );
  return /\.\d{3}0*[1-9]/.test(text) ? instant + 1 : instant;
}

/** Whether a text begins with a day and an hour that there are; `Date.parse` takes February 30 for March 2, and hour 24 too. */
function isClock(text: string): boolean {
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

/** Stands between the fields of a job: no text that is well-formed contains it. */
const BETWEEN = '\ud800';

/** Jobs are cached for many requests, and their texts do not change. */
const searchedTexts = new WeakMap<VoiceJob, string>();

/** The fields of a job that are searched, ready for comparison. */
function searchedText(job: VoiceJob): string {
  let text = searchedTexts.get(job);
  if (text === undefined) {
    const { voiceName, voiceDesc, voiceId, jobId, message } = job;
    const fields = [voiceName, voiceDesc, voiceId, jobId, message];
    text = fields.flatMap((field) => (field === null ? [] : foldCase(field.toWellFormed()))).join(BETWEEN);
    searchedTexts.set(job, text);
  }
  return text;
}

/** Texts that case folding and normalisation leave alone but for capitals. */
const ASCII = /^\p{ASCII}*$/u;

/**
 * A text for comparison without regard to case and to compatible forms: NFKC, then full case folding without regard to any
 * locale. JavaScript has no case folding; lower, upper and lower case in turn come to the same: `ß` and `ẞ` are `ss`, and the
 * final sigma is a sigma. The dots of the Turkish i do not count: `I`, `ı`, `İ` and `i` are equal.
 *
 * @see https://www.unicode.org/versions/Unicode16.0.0/core-spec/chapter-3/#G53253
 */
export function foldCase(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  const cased = text.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase().normalize('NFKC');
  return cased.replaceAll('ς', 'σ').replaceAll('i\u0307', 'i');
}
