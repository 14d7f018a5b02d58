import { pageKey } from '../../paging/cover.ts';
import { MAX_PAGE_SIZE } from '../../upstream/ims.ts';
import { JOB_TYPES, type JobType } from '../job.ts';
import type { JobSource } from '../job-list.ts';

/** Where a job was seen in a list. */
export interface ListPosition {
  readonly type: JobType;
  /** 0-based. */
  readonly offset: number;
  /** Length of the list at that time: new jobs come in on top, so the position moves down as the list grows. */
  readonly total: number;
}

/** A job that is due for a poll. */
export interface PolledJob {
  readonly jobId: string;
  /** Undefined if the upstream returned no type. */
  readonly type: JobType | undefined;
  readonly position: ListPosition | undefined;
  /** Where the last polls did not find it: on its expected page (a new job's is the first), or on any page of both lists. */
  readonly missingFrom: 'nowhere' | 'its page' | 'every page';
}

/** A page of size {@link MAX_PAGE_SIZE}. */
export interface GridPage {
  readonly type: JobType;
  /** 1-based. */
  readonly pageNo: number;
}

/** A read of some jobs: one job by its id, a page that probably lists several, or every page. */
export interface PlannedRead<Job> {
  readonly jobs: Job[];
  /** One upstream call each; empty for a job that is read by its id. */
  readonly pages: readonly GridPage[];
  /** Whether all pages of both lists are read. */
  readonly isFullScan: boolean;
}

/**
 * Plans the fewest upstream calls that probably read these jobs.
 *
 * - A page with two or more of the jobs replaces reads by id.
 * - A job without a position is expected on the first page of its list, where running jobs mostly are.
 * - If the remaining pages are fewer than the jobs that would be read by id, all of them are read (a full scan).
 *
 * Reads are in the order of their first jobs, so that the caller can drop the last ones.
 *
 * @param maxCalls maximum number of calls; a full scan is done entirely or not at all
 */
export function planReads<Job extends PolledJob>(
  jobs: readonly Job[],
  lastTotal: JobSource['lastTotal'],
  maxCalls: number,
): PlannedRead<Job>[] {
  const byPage = new Map<string, PlannedRead<Job>>();
  const callOf = new Map<Job, PlannedRead<Job>>();
  for (const job of jobs) {
    const page = pageOf(job, lastTotal);
    if (page === undefined) continue;
    const call = byPage.get(keyOf(page)) ?? { jobs: [], pages: [page], isFullScan: false };
    byPage.set(keyOf(page), call);
    call.jobs.push(job);
    callOf.set(job, call);
  }
  for (const [key, call] of byPage) if (call.jobs.length < 2) byPage.delete(key);

  const isAlone = (job: Job) => (callOf.get(job)?.jobs.length ?? 0) < 2;
  const missing = jobs.filter((job) => isAlone(job) && job.missingFrom !== 'every page');
  const maxOthers = Math.min(missing.length - 1, maxCalls - byPage.size);
  const others = allPages(lastTotal, maxOthers + byPage.size)?.filter((page) => !byPage.has(keyOf(page)));
  if (others !== undefined && others.length > 0 && others.length <= maxOthers) {
    const fullScan = { jobs: missing, pages: others, isFullScan: true };
    for (const job of missing) callOf.set(job, fullScan);
  }

  // Where every page is read anyway, jobs that are not expected on any page are found if they are there.
  const calls = jobs.map((job) => {
    const call = callOf.get(job);
    return call !== undefined && call.jobs.length > 1 ? call : { jobs: [job], pages: [], isFullScan: false };
  });
  return [...new Set(calls)];
}

/** The likely place of a job that is not on its page any more: moved by the growth of the list, or on the next page. */
export function nextPosition(position: ListPosition, pageNo: number, total: number): ListPosition {
  const offset = currentOffset(position, total);
  const isElsewhere = Math.floor(offset / MAX_PAGE_SIZE) + 1 !== pageNo;
  return { type: position.type, offset: isElsewhere ? offset : pageNo * MAX_PAGE_SIZE, total };
}

function currentOffset({ offset, total }: ListPosition, totalNow: number): number {
  return Math.max(0, offset + totalNow - total);
}

function pageOf(
  { type, position, missingFrom }: PolledJob,
  lastTotal: JobSource['lastTotal'],
): GridPage | undefined {
  if (position !== undefined) {
    const offset = currentOffset(position, lastTotal(position.type) ?? position.total);
    return { type: position.type, pageNo: Math.floor(offset / MAX_PAGE_SIZE) + 1 };
  }
  return type === undefined || missingFrom !== 'nowhere' ? undefined : { type, pageNo: 1 };
}

/** Undefined where their number is unknown or above `most`. It is counted first: a list may be as long as it says. */
function allPages(lastTotal: JobSource['lastTotal'], maxCalls: number): GridPage[] | undefined {
  let pages = 0;
  for (const type of JOB_TYPES) {
    const total = lastTotal(type);
    if (total === undefined) return undefined;
    pages += Math.ceil(total / MAX_PAGE_SIZE);
  }
  if (pages > maxCalls) return undefined;
  return JOB_TYPES.flatMap((type) =>
    Array.from({ length: Math.ceil((lastTotal(type) ?? 0) / MAX_PAGE_SIZE) }, (_, index) => ({
      type,
      pageNo: index + 1,
    })),
  );
}

function keyOf({ type, pageNo }: GridPage): string {
  return pageKey(type, { pageNo, pageSize: MAX_PAGE_SIZE });
}
