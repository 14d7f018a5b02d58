import { MAX_PAGE_SIZE } from '../paging/cover.ts';
import type { Extent } from '../paging/window.ts';
import { JOB_TYPES, type JobType } from '../upstream/ims.ts';
import type { PageLoader } from './page-loader.ts';
import { AlignedList } from './realign/aligned-list.ts';
import { anchorsOf } from './realign/anchors.ts';
import type { Boundary } from './realign/gap.ts';
import { endOf } from './span.ts';

const WHOLE_PAGE: Extent = { rows: MAX_PAGE_SIZE, from: 'start' };

/**
 * Reads the lists from the top, side by side, until `pages` has listed every one of `jobIds`, or until those still missing
 * are fewer than the pages left, so that asking for each is cheaper. Goes from page to page as a cursor does: a job that
 * stands throughout is seen, however the list moves meanwhile.
 *
 * @returns whether both lists were read to their ends, so that what `pages` has not listed by then does not exist
 * @throws UpstreamError
 */
export async function findInLists(jobIds: readonly string[], pages: PageLoader): Promise<boolean> {
  const pagesLeft = new Map<JobType, number>(JOB_TYPES.map((type) => [type, 1]));
  const isWorthwhile = () => {
    const missing = jobIds.filter((jobId) => pages.listed(jobId) === undefined).length;
    return missing > 0 && missing >= [...pagesLeft.values()].reduce((sum, left) => sum + left, 0);
  };
  const walk = async (type: JobType) => {
    const list = new AlignedList(type, pages);
    let from: Boundary | undefined;
    do {
      const slice = await list.slice(WHOLE_PAGE, { from });
      const anchor = anchorsOf(slice, WHOLE_PAGE, from).findLast((known) => known !== undefined);
      from = anchor && { anchor, side: 'after' };
      pagesLeft.set(type, from ? Math.ceil((slice.listEnd - endOf(slice)) / MAX_PAGE_SIZE) : 0);
    } while (pagesLeft.get(type) !== 0 && isWorthwhile());
  };
  await Promise.all(JOB_TYPES.map(walk));
  return [...pagesLeft.values()].every((left) => left === 0);
}
