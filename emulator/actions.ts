import type { Call } from './calls.ts';
import { type Failure, invalidParameter, missingId, resourceNotFound } from './errors.ts';
import { type JobRow, type JobType, jobTypes } from './job.ts';
import type { JobStore } from './job-store.ts';
import {
  jobResponse,
  listResponse,
  type RowsName,
  rewrittenListResponse,
  voiceResponse,
  type WirePage,
  type WireResponse,
} from './responses.ts';
import type { Page } from './row-list.ts';
import type { VoiceRow, VoiceStore } from './voice-store.ts';

/** The implemented actions. */
export const actions = [
  'ListCustomizedVoiceJobs',
  'GetCustomizedVoiceJob',
  'ListCustomizedVoices',
  'GetCustomizedVoice',
] as const;
export type Action = (typeof actions)[number];

/** Hook that runs before a page of any list is cut; changes that it makes are in that page. `call.action` names the list. */
export type BeforePage = (call: Call) => void;

/** Hook that replaces the content of a List response. The rows passed to it are frozen. */
export type RewritePage<Row = JobRow> = (page: { totalCount: number; rows: Row[] }, call: Call) => WirePage;

/** Test hooks around pages. */
export interface PageHooks {
  readonly before: Set<BeforePage>;
  rewriteJobs: RewritePage | null;
  rewriteVoices: RewritePage<VoiceRow> | null;
}

/** Data of the emulated account. */
export interface Account {
  readonly jobs: JobStore;
  readonly voices: VoiceStore;
}

/** Executes a verified call. `call.action` must be one of `actions`. */
export function perform(call: Call, { jobs, voices }: Account, hooks: PageHooks): WireResponse | Failure {
  switch (call.action as Action) {
    case 'ListCustomizedVoiceJobs':
      return list(call, jobs, 'CustomizedVoiceJobList', hooks.before, hooks.rewriteJobs);
    case 'GetCustomizedVoiceJob':
      return get(call, 'JobId', jobs, jobResponse);
    case 'ListCustomizedVoices':
      return list(call, voices, 'CustomizedVoiceList', hooks.before, hooks.rewriteVoices);
    case 'GetCustomizedVoice':
      return get(call, 'VoiceId', voices, voiceResponse);
  }
}

/** Rows of one kind: jobs or voices. */
interface Store<Row> {
  page(type: JobType, pageNo: number, pageSize: number): Page<Row>;
  find(id: string): Row | undefined;
}

const greatestInt32 = 2 ** 31 - 1;

/**
 * Defaults and ranges as documented, the same for both lists. The vendor does not document that a value outside of them is
 * rejected rather than clamped; that is our assumption. Source: ListCustomizedVoiceJobs and ListCustomizedVoices, request
 * parameters (ICE 2020-11-09).
 */
function list<Row>(
  call: Call,
  store: Store<Row>,
  rowsName: RowsName,
  before: ReadonlySet<BeforePage>,
  rewrite: RewritePage<Row> | null,
): WireResponse | Failure {
  const { PageNo = '1', PageSize = '10', Type = 'Basic' } = call.params;
  const pageNo = integerWithin(PageNo, greatestInt32);
  if (pageNo === null) return invalidParameter('PageNo', 'expected an integer of 1 or more');
  const pageSize = integerWithin(PageSize, 100);
  if (pageSize === null) return invalidParameter('PageSize', 'expected an integer from 1 to 100');
  if (!isJobType(Type)) return invalidParameter('Type', 'expected Basic or Standard');

  for (const hook of before) hook(call);
  const { totalCount, rows, rowsJson } = store.page(Type, pageNo, pageSize);
  if (rewrite === null) return listResponse(call.requestId, totalCount, rowsJson, rowsName);
  return rewrittenListResponse(call.requestId, rewrite({ totalCount, rows }, call), rowsName);
}

/**
 * Looks the id up in the lists of both types, because the Get actions take no Type. Source: GetCustomizedVoiceJob and
 * GetCustomizedVoice (ICE 2020-11-09).
 */
function get<Row>(
  call: Call,
  idName: 'JobId' | 'VoiceId',
  store: Store<Row>,
  response: (requestId: string, row: Row) => WireResponse,
): WireResponse | Failure {
  const id = call.params[idName] ?? '';
  if (id === '') return missingId(idName);
  const row = store.find(id);
  return row === undefined ? resourceNotFound(id) : response(call.requestId, row);
}

/** The decimal integer in `text` if it is within 1..max, else null. */
function integerWithin(text: string, max: number): number | null {
  const value = /^[0-9]{1,10}$/.test(text) ? Number(text) : 0;
  return value >= 1 && value <= max ? value : null;
}

function isJobType(text: string): text is JobType {
  return (jobTypes as readonly string[]).includes(text);
}
