import { parseAsArrayOf, parseAsInteger, parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { GENDERS, SCENARIOS, STATUSES } from '../filter/filter.ts';
import { LANGUAGES } from '../words/languages.ts';

export const TYPES = ['basic', 'standard', 'all'] as const;
export const VIEWS = ['jobs', 'voices', 'pictures'] as const;

const ADDRESS = {
  type: parseAsStringLiteral(TYPES).withDefault('basic'),
  /** Cursor of the row above the first one in view; none at the top. */
  at: parseAsString,
  /** The number of the first row in view, as far as it was known. */
  row: parseAsInteger,
  /** Global id of the job that is open. */
  job: parseAsString,
  /** Global id of the voice that is open, unless a job is. */
  voice: parseAsString,
  view: parseAsStringLiteral(VIEWS).withDefault('jobs'),
  lang: parseAsStringLiteral(LANGUAGES),
  /** The filter of the jobs, as `JobFilter` says. */
  text: parseAsString.withDefault(''),
  status: parseAsArrayOf(parseAsStringLiteral(STATUSES)).withDefault([]),
  gender: parseAsArrayOf(parseAsStringLiteral(GENDERS)).withDefault([]),
  scenario: parseAsArrayOf(parseAsStringLiteral(SCENARIOS)).withDefault([]),
  from: parseAsString,
  to: parseAsString,
};

/**
 * Where one is, as the address says it: a link, a reload, back and forward lead there. What is changed with
 * `{ history: 'push' }` can be gone back from.
 */
export const useAddress = () => useQueryStates(ADDRESS, { history: 'replace' });
