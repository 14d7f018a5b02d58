import { pageKey } from '../../paging/cover.ts';
import { MAX_PAGE_SIZE } from '../../upstream/ims.ts';
import { JOB_TYPES, type JobType } from '../job.ts';
import type { JobSource } from '../job-list.ts';

export interface Place {
  readonly type: JobType;
  readonly offset: number;
  /** Length of the list then: new jobs come in on top, so the place moves down as the list grows. */
  readonly total: number;
}

export interface Wanted {
  readonly jobId: string;
  /** Undefined where the upstream did not say. */
  readonly type: JobType | undefined;
  readonly place: Place | undefined;
  /** Where it was not found: on the page where it was or would be if new, or on all pages of both lists. */
  readonly sought: 'nowhere' | 'on a page' | 'everywhere';
}

/** A page of the grid of {@link MAX_PAGE_SIZE}. */
export interface GridPage {
  readonly type: JobType;
  readonly pageNo: number;
}

/** A read and its jobs: one job by its id, a page that is likely to have several, or all pages. */
export interface Call<Job> {
  readonly jobs: Job[];
  /** A call each; empty where the job is read by its id. */
  readonly pages: readonly GridPage[];
  readonly isSearch: boolean;
}

/**
 * The fewest upstream calls that are likely to read these jobs: a page with two of them costs as much as one of them alone. A
 * job whose place is unknown is guessed on the first page of its list, where running jobs mostly are. All other pages are read
 * as well when there are fewer of them than jobs that would be read by their ids.
 *
 * Calls are in the order of the first of their jobs, so that those in front are served where not all can be made.
 *
 * @param most calls that may be made: of a search, all are or none
 */
export function planReads<Job extends Wanted>(
  jobs: readonly Job[],
  lastTotal: JobSource['lastTotal'],
  most: number,
): Call<Job>[] {
  const byPage = new Map<string, Call<Job>>();
  const callOf = new Map<Job, Call<Job>>();
  for (const job of jobs) {
    const page = pageOf(job, lastTotal);
    if (page === undefined) continue;
    const call = byPage.get(keyOf(page)) ?? { jobs: [], pages: [page], isSearch: false };
    byPage.set(keyOf(page), call);
    call.jobs.push(job);
    callOf.set(job, call);
  }
  for (const [key, call] of byPage) if (call.jobs.length < 2) byPage.delete(key);

  const isAlone = (job: Job) => (callOf.get(job)?.jobs.length ?? 0) < 2;
  const sought = jobs.filter((job) => isAlone(job) && job.sought !== 'everywhere');
  const mostOthers = Math.min(sought.length - 1, most - byPage.size);
  const others = allPages(lastTotal, mostOthers + byPage.size)?.filter((page) => !byPage.has(keyOf(page)));
  if (others !== undefined && others.length > 0 && others.length <= mostOthers) {
    const search = { jobs: sought, pages: others, isSearch: true };
    for (const job of sought) callOf.set(job, search);
  }

  // Where every page is read anyway, jobs that are not expected on any page are found if they are there.
  const calls = jobs.map((job) => {
    const call = callOf.get(job);
    return call !== undefined && call.jobs.length > 1 ? call : { jobs: [job], pages: [], isSearch: false };
  });
  return [...new Set(calls)];
}

/** The likely place of a job that is not on its page any more: moved by the growth of the list, or on the next page. */
export function movedFrom(place: Place, pageNo: number, total: number): Place {
  const offset = offsetNow(place, total);
  const isElsewhere = Math.floor(offset / MAX_PAGE_SIZE) + 1 !== pageNo;
  return { type: place.type, offset: isElsewhere ? offset : pageNo * MAX_PAGE_SIZE, total };
}

function offsetNow({ offset, total }: Place, totalNow: number): number {
  return Math.max(0, offset + totalNow - total);
}

function pageOf({ type, place, sought }: Wanted, lastTotal: JobSource['lastTotal']): GridPage | undefined {
  if (place !== undefined) {
    const offset = offsetNow(place, lastTotal(place.type) ?? place.total);
    return { type: place.type, pageNo: Math.floor(offset / MAX_PAGE_SIZE) + 1 };
  }
  return type === undefined || sought !== 'nowhere' ? undefined : { type, pageNo: 1 };
}

/** Undefined where their number is unknown or above `most`. It is counted first: a list may be as long as it says. */
function allPages(lastTotal: JobSource['lastTotal'], most: number): GridPage[] | undefined {
  let pages = 0;
  for (const type of JOB_TYPES) {
    const total = lastTotal(type);
    if (total === undefined) return undefined;
    pages += Math.ceil(total / MAX_PAGE_SIZE);
  }
  if (pages > most) return undefined;
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
