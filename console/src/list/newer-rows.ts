import { positionSegments, type RowList } from './list.ts';
import type { Page, Row } from './segment.ts';

/** The row above which new rows appear; undefined while the top of the list is not loaded. */
export function topOf({ segments, newer }: RowList): Row | undefined {
  const first = segments[0];
  if (first === undefined || !first.atStart) return undefined;
  return newer[0] ?? first.rows[0];
}

/** Adds the rows of a page above the top to the newer rows, which are not shown yet. */
export function holdNewRows(list: RowList, page: Page): RowList {
  const known = new Set([...list.newer, ...list.segments.flatMap(({ rows }) => rows)].map(({ id }) => id));
  const newer = [...page.rows.filter(({ id }) => !known.has(id)), ...list.newer];
  const { total, hasPrevious } = page;
  const shownTotal = hasPrevious ? list.shownTotal : total - newer.length;
  return positionSegments({ ...list, newer, hasMoreNewer: hasPrevious, total, shownTotal });
}

/**
 * Shows the newer rows on top. When there are more of them than were loaded, the start of the list is unknown from then
 * on.
 */
export function showNewRows(list: RowList): RowList {
  const [first, ...rest] = list.segments;
  if (first === undefined || list.newer.length === 0) return list;
  const moved = rest.map((segment) => ({ ...segment, base: segment.base + list.newer.length }));
  const longer = { ...first, rows: [...list.newer, ...first.rows], atStart: !list.hasMoreNewer };
  const shownTotal = list.shownTotal === undefined ? undefined : list.shownTotal + list.newer.length;
  return positionSegments({
    ...list,
    segments: [longer, ...moved],
    newer: [],
    hasMoreNewer: false,
    shownTotal,
  });
}
