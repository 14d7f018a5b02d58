import { type Answer, jobAnswer, listAnswer, rewrittenListAnswer, type WirePage } from './answers.ts';
import type { Call } from './calls.ts';
import { type Failure, invalidParameter, jobNotFound, missingJobId } from './errors.ts';
import { type JobRow, type JobType, jobTypes } from './job.ts';
import type { JobStore } from './jobs.ts';

/** The two actions the emulator speaks. */
export const actions = ['ListCustomizedVoiceJobs', 'GetCustomizedVoiceJob'] as const;
export type Action = (typeof actions)[number];

/** Called just before a page is cut, so that changes made in it are in that page. */
export type BeforePage = (call: Call) => void;

/** Decides what a List answer says in place of the truth. The rows it is given are frozen. */
export type RewritePage = (page: { totalCount: number; rows: JobRow[] }, call: Call) => WirePage;

/** The places where a test may reach into the making of a page. */
export interface PageHooks {
  readonly before: Set<BeforePage>;
  rewrite: RewritePage | null;
}

const greatestInt32 = 2 ** 31 - 1;

/** Carries out a verified call. `call.action` must be one of `actions`. */
export function perform(call: Call, store: JobStore, hooks: PageHooks): Answer | Failure {
  return call.action === 'ListCustomizedVoiceJobs' ? list(call, store, hooks) : get(call, store);
}

/**
 * Defaults and ranges as documented; that a value outside them is refused, and not bent, is our reading.
 * Source: ListCustomizedVoiceJobs, request parameters (ICE 2020-11-09).
 */
function list(call: Call, store: JobStore, hooks: PageHooks): Answer | Failure {
  const { PageNo = '1', PageSize = '10', Type = 'Basic' } = call.params;
  const pageNo = integerWithin(PageNo, greatestInt32);
  if (pageNo === null) return invalidParameter('PageNo', 'expected an integer of 1 or more');
  const pageSize = integerWithin(PageSize, 100);
  if (pageSize === null) return invalidParameter('PageSize', 'expected an integer from 1 to 100');
  if (!isJobType(Type)) return invalidParameter('Type', 'expected Basic or Standard');

  for (const hook of hooks.before) hook(call);
  const { totalCount, rows, rowsJson } = store.page(Type, pageNo, pageSize);
  if (hooks.rewrite === null) return listAnswer(call.requestId, totalCount, rowsJson);
  return rewrittenListAnswer(call.requestId, hooks.rewrite({ totalCount, rows }, call));
}

/** Source: GetCustomizedVoiceJob (ICE 2020-11-09). Looks in both lists, as the action takes no Type. */
function get(call: Call, store: JobStore): Answer | Failure {
  const { JobId = '' } = call.params;
  if (JobId === '') return missingJobId;
  const job = store.find(JobId);
  return job === undefined ? jobNotFound(JobId) : jobAnswer(call.requestId, job);
}

/** The decimal integer `text` if it is within 1..max, else null. */
function integerWithin(text: string, max: number): number | null {
  const value = /^[0-9]{1,10}$/.test(text) ? Number(text) : 0;
  return value >= 1 && value <= max ? value : null;
}

function isJobType(text: string): text is JobType {
  return (jobTypes as readonly string[]).includes(text);
}
