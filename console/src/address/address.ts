import { parseAsArrayOf, parseAsInteger, parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { GENDERS, SCENARIOS, STATUSES } from '../filter/filter.ts';
import { LANGUAGES } from '../i18n/languages.ts';

export const TYPES = ['basic', 'standard', 'all'] as const;
export const VIEWS = ['jobs', 'voices', 'charts'] as const;

const ADDRESS = {
  type: parseAsStringLiteral(TYPES).withDefault('basic'),
  /** Cursor of the row above the first one in view; null at the top. */
  at: parseAsString,
  /** Number of the first row in view, as last known. */
  row: parseAsInteger,
  /** Global id of the open job. */
  job: parseAsString,
  /** Global id of the open voice, unless a job is open. */
  voice: parseAsString,
  view: parseAsStringLiteral(VIEWS).withDefault('jobs'),
  lang: parseAsStringLiteral(LANGUAGES),
  /** The filter of the jobs; see `JobFilter`. */
  text: parseAsString.withDefault(''),
  status: parseAsArrayOf(parseAsStringLiteral(STATUSES)).withDefault([]),
  gender: parseAsArrayOf(parseAsStringLiteral(GENDERS)).withDefault([]),
  scenario: parseAsArrayOf(parseAsStringLiteral(SCENARIOS)).withDefault([]),
  from: parseAsString,
  to: parseAsString,
};

/**
 * State of the page in the query of its address, so that links, reload, back and forward restore it. Changes made with
 * `{ history: 'push' }` add a history entry.
 */
export const useAddress = () => useQueryStates(ADDRESS, { history: 'replace' });
