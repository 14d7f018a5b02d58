import type { Edge } from '../paging/connection.ts';
import type { Extent } from '../paging/window.ts';
import type { JobType } from '../upstream/ims.ts';
import type { VoiceJob } from './job.ts';
import type { PageLoader } from './page-loader.ts';
import { type Boundaries, cursorInOne } from './places.ts';
import { AlignedList } from './realign/aligned-list.ts';
import { anchorsOf } from './realign/anchors.ts';
import { endOf } from './span.ts';

/** What is wanted of a list: how many rows, from which end, between which cursors. */
export interface ListingRequest {
  readonly extent: Extent;
  readonly after?: Partial<Boundaries> | undefined;
  readonly before?: Partial<Boundaries> | undefined;
}

/** A row with the cursor of its place. */
export type ListingEdge = Edge<VoiceJob>;

/** Rows with their cursors, and what lies around them. */
export interface Listing {
  readonly edges: readonly ListingEdge[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  /** Number of jobs in the whole list. */
  readonly total: number;
}

/** Reads one upstream list. @throws UpstreamError */
export async function listOne(
  type: JobType,
  { extent, after, before }: ListingRequest,
  pages: PageLoader,
): Promise<Listing> {
  const [from, to] = [after?.[type], before?.[type]];
  const slice = await new AlignedList(type, pages, pages.searchBudget(type)).slice(extent, { from, to });
  const anchors = anchorsOf(slice, extent, extent.from === 'start' ? from : to);
  const end = anchors.findLast((anchor) => anchor !== undefined);
  if (end !== undefined) pages.cursorMade(type, end, slice.answeredAt);
  const edges = slice.rows.flatMap((node, index) => {
    const anchor = anchors[index];
    return node === undefined || anchor === undefined
      ? []
      : [{ cursor: cursorInOne(type, anchor, node), node }];
  });
  return {
    edges,
    hasNextPage: endOf(slice) < slice.listEnd,
    hasPreviousPage: slice.start > 0,
    total: slice.total,
  };
}
