import {
  type Answer,
  jobAnswer,
  listAnswer,
  type RowsName,
  rewrittenListAnswer,
  voiceAnswer,
  type WirePage,
} from './answers.ts';
import type { Call } from './calls.ts';
import { type Failure, invalidParameter, missingId, resourceNotFound } from './errors.ts';
import { type JobRow, type JobType, jobTypes } from './job.ts';
import type { JobStore } from './jobs.ts';
import type { Page } from './list.ts';
import type { VoiceRow, VoiceStore } from './voices.ts';

/** The actions that the emulator speaks. */
export const actions = [
  'ListCustomizedVoiceJobs',
  'GetCustomizedVoiceJob',
  'ListCustomizedVoices',
  'GetCustomizedVoice',
] as const;
export type Action = (typeof actions)[number];

/** Called just before a page of any list is cut, so that changes made in it are in that page. `call.action` names the list. */
export type BeforePage = (call: Call) => void;

/** Decides what a List response says in place of the truth. The rows it is given are frozen. */
export type RewritePage<Row = JobRow> = (page: { totalCount: number; rows: Row[] }, call: Call) => WirePage;

/** The places where a test may reach into the making of a page. */
export interface PageHooks {
  readonly before: Set<BeforePage>;
  rewriteJobs: RewritePage | null;
  rewriteVoices: RewritePage<VoiceRow> | null;
}

/** What the emulated account holds. */
export interface Account {
  readonly jobs: JobStore;
  readonly voices: VoiceStore;
}

/** Carries out a verified call; `call.action` has to be one of `actions`. */
export function perform(call: Call, { jobs, voices }: Account, hooks: PageHooks): Answer | Failure {
  switch (call.action as Action) {
    case 'ListCustomizedVoiceJobs':
      return list(call, jobs, 'CustomizedVoiceJobList', hooks.before, hooks.rewriteJobs);
    case 'GetCustomizedVoiceJob':
      return get(call, 'JobId', jobs, jobAnswer);
    case 'ListCustomizedVoices':
      return list(call, voices, 'CustomizedVoiceList', hooks.before, hooks.rewriteVoices);
    case 'GetCustomizedVoice':
      return get(call, 'VoiceId', voices, voiceAnswer);
  }
}

/** Rows of one kind: jobs or voices. */
interface Store<Row> {
  page(type: JobType, pageNo: number, pageSize: number): Page<Row>;
  find(id: string): Row | undefined;
}

const greatestInt32 = 2 ** 31 - 1;

/**
 * Defaults and ranges as documented, the same for both lists; that a value outside them is refused, and not bent, is our
 * reading.
 * Source: ListCustomizedVoiceJobs and ListCustomizedVoices, request parameters (ICE 2020-11-09).
 */
function list<Row>(
  call: Call,
  store: Store<Row>,
  rowsName: RowsName,
  before: ReadonlySet<BeforePage>,
  rewrite: RewritePage<Row> | null,
): Answer | Failure {
  const { PageNo = '1', PageSize = '10', Type = 'Basic' } = call.params;
  const pageNo = integerWithin(PageNo, greatestInt32);
  if (pageNo === null) return invalidParameter('PageNo', 'expected an integer of 1 or more');
  const pageSize = integerWithin(PageSize, 100);
  if (pageSize === null) return invalidParameter('PageSize', 'expected an integer from 1 to 100');
  if (!isJobType(Type)) return invalidParameter('Type', 'expected Basic or Standard');

  for (const hook of before) hook(call);
  const { totalCount, rows, rowsJson } = store.page(Type, pageNo, pageSize);
  if (rewrite === null) return listAnswer(call.requestId, totalCount, rowsJson, rowsName);
  return rewrittenListAnswer(call.requestId, rewrite({ totalCount, rows }, call), rowsName);
}

/**
 * Looks in the lists of both types, as the actions take no Type.
 * Source: GetCustomizedVoiceJob and GetCustomizedVoice (ICE 2020-11-09).
 */
function get<Row>(
  call: Call,
  idName: 'JobId' | 'VoiceId',
  store: Store<Row>,
  answer: (requestId: string, row: Row) => Answer,
): Answer | Failure {
  const id = call.params[idName] ?? '';
  if (id === '') return missingId(idName);
  const row = store.find(id);
  return row === undefined ? resourceNotFound(id) : answer(call.requestId, row);
}

/** The decimal integer `text` if it is within 1..max, else null. */
function integerWithin(text: string, max: number): number | null {
  const value = /^[0-9]{1,10}$/.test(text) ? Number(text) : 0;
  return value >= 1 && value <= max ? value : null;
}

function isJobType(text: string): text is JobType {
  return (jobTypes as readonly string[]).includes(text);
}
