import type { ListReader } from '../paging/list-reader.ts';
import { AlignedList } from '../paging/realign/aligned-list.ts';
import { anchorsOf } from '../paging/realign/anchors.ts';
import { endOf } from '../paging/row-range.ts';
import type { Extent } from '../paging/window.ts';
import type { JobType } from '../upstream/ims.ts';
import type { VoiceJob } from './job.ts';
import { type Boundaries, cursorInOne } from './list-cursor.ts';

/** What is wanted of a list: how many rows, from which end, between which cursors. */
export interface ListingRequest {
  readonly extent: Extent;
  readonly after?: Partial<Boundaries> | undefined;
  readonly before?: Partial<Boundaries> | undefined;
}

/** A row and its cursor. */
export interface Edge {
  readonly cursor: string;
  readonly node: VoiceJob;
}

/** Rows with their cursors, and facts about the whole list. */
export interface Listing {
  readonly edges: readonly Edge[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly total: number;
}

/** Reads one upstream list. @throws UpstreamError */
export async function listOne(
  { extent, after, before }: ListingRequest,
  reader: ListReader<JobType, VoiceJob>,
): Promise<Listing> {
  const { list: type } = reader;
  const [from, to] = [after?.[type], before?.[type]];
  const slice = await new AlignedList(reader).slice(extent, { from, to });
  const anchors = anchorsOf(slice, extent, extent.from === 'start' ? from : to);
  const end = anchors.findLast((anchor) => anchor !== undefined);
  if (end !== undefined) reader.cursorMade(end, slice.answeredAt);
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
