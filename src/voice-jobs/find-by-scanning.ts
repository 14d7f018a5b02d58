import { MAX_PAGE_SIZE } from '../paging/cover.ts';
import type { ListReaders } from '../paging/list-reader.ts';
import { AlignedList } from '../paging/realign/aligned-list.ts';
import { anchorsOf } from '../paging/realign/anchors.ts';
import type { Boundary } from '../paging/realign/locate-boundary.ts';
import { SearchBudget } from '../paging/realign/search-budget.ts';
import { endOf } from '../paging/row-range.ts';
import type { Extent } from '../paging/window.ts';
import { JOB_TYPES, type JobType } from '../upstream/ims.ts';
import type { VoiceJob } from './job.ts';

const WHOLE_PAGE: Extent = { rows: MAX_PAGE_SIZE, from: 'start' };

/** A scan of the lists for jobs. */
export interface Scan {
  /** The jobs that have been found so far. */
  readonly found: ReadonlyMap<string, VoiceJob>;
  /** Whether both lists were read to their ends. Rejects with UpstreamError when a page failed; what was found stays. */
  readonly isComplete: Promise<boolean>;
}

/**
 * Reads the lists from the top, side by side, until every job is found, or until those still missing are fewer than the
 * pages left, so that asking for each is cheaper. Goes from page to page as a cursor does: a job that stands throughout is
 * seen, however the list moves meanwhile.
 */
export function findByScanning(jobIds: readonly string[], readers: ListReaders<JobType, VoiceJob>): Scan {
  const missing = new Set(jobIds);
  const found = new Map<string, VoiceJob>();
  const pagesLeft = new Map<JobType, number>(JOB_TYPES.map((type) => [type, 1]));
  const left = () => [...pagesLeft.values()].reduce((sum, count) => sum + count, 0);
  const walk = async (type: JobType) => {
    const reader = readers.of(type);
    let from: Boundary | undefined;
    do {
      // A budget for each page: these cursors are the gateway's own, and a job that a search gives up would be missing.
      const list = new AlignedList(reader, new SearchBudget());
      const slice = await list.slice(WHOLE_PAGE, { from });
      for (const job of slice.rows) if (job && missing.delete(job.jobId)) found.set(job.jobId, job);
      const anchor = anchorsOf(slice, WHOLE_PAGE, from).findLast((known) => known !== undefined);
      if (anchor) reader.cursorMade(anchor, slice.answeredAt);
      from = anchor && { anchor, side: 'after', knownSince: slice.answeredAt };
      pagesLeft.set(type, from ? Math.ceil((slice.listEnd - endOf(slice)) / MAX_PAGE_SIZE) : 0);
    } while (pagesLeft.get(type) !== 0 && missing.size > 0 && missing.size >= left());
  };
  return { found, isComplete: Promise.all(JOB_TYPES.map(walk)).then(() => left() === 0) };
}
