import { positionSegments, type RowList } from './list.ts';
import { type Page, positionsOf, type Row, rowsNotIn, type Segment } from './segment.ts';

/** Where a requested page lies: at an end of the list, or next to a row at the edge of a loaded segment. */
export type PageRequest =
  | { readonly from: 'start' | 'end' }
  | { readonly from: 'below' | 'above'; readonly row: Row };

const EMPTY: readonly Row[] = [];

/** Adds a page to the list. A page next to a row that is no longer at an edge only updates the total. */
export function join(list: RowList, request: PageRequest, read: Page): RowList {
  // An empty page ends the list whatever its flags say: it has no cursor to continue from.
  const page = read.rows.length === 0 ? { ...read, hasPrevious: false, hasNext: false } : read;
  const { segments, newer, hasMoreNewer, shownTotal } = joined(list, request, page);
  const known = segments.filter(({ rows }) => rows.length > 0);
  return positionSegments({ segments: known, newer, hasMoreNewer, total: page.total, shownTotal });
}

function joined(list: RowList, request: PageRequest, page: Page): Omit<RowList, 'total'> {
  switch (request.from) {
    case 'start': {
      const top: Segment = { base: 0, rows: EMPTY, atStart: true, atEnd: false };
      // The former first segment now lies somewhere below the new top.
      const rest = list.segments.map((segment) => ({ ...segment, atStart: false }));
      return {
        segments: appendBelow(top, page, rest),
        newer: EMPTY,
        hasMoreNewer: false,
        shownTotal: page.total,
      };
    }
    case 'end': {
      const bottom: Segment = { base: 0, rows: EMPTY, atStart: false, atEnd: true };
      const rest = list.segments.map((segment) => ({ ...segment, atEnd: false }));
      return { ...list, segments: prependAbove(bottom, page, rest) };
    }
    case 'below': {
      const place = list.segments.findIndex(({ rows }) => rows.at(-1)?.id === request.row.id);
      const segment = list.segments[place];
      if (segment === undefined) return list;
      const segments = [
        ...list.segments.slice(0, place),
        ...appendBelow(segment, page, list.segments.slice(place + 1)),
      ];
      return { ...list, segments };
    }
    case 'above': {
      const place = list.segments.findIndex(({ rows }) => rows[0]?.id === request.row.id);
      const segment = list.segments[place];
      if (segment === undefined) return list;
      const segments = [
        ...prependAbove(segment, page, list.segments.slice(0, place)),
        ...list.segments.slice(place + 1),
      ];
      return { ...list, segments };
    }
  }
}

/**
 * Appends a page below a segment, and joins it with each lower segment whose row the page reaches. Rows of that segment
 * above the common row were deleted, or else the page would contain them.
 */
function appendBelow(upper: Segment, page: Page, rest: readonly Segment[]): Segment[] {
  const rows = rowsNotIn(upper, page.rows);
  for (const [place, lower] of rest.entries()) {
    const places = positionsOf(lower.rows);
    const met = rows.findIndex(({ id }) => places.has(id));
    const first = rows[met];
    if (first === undefined) continue;
    const known = lower.rows.slice(places.get(first.id));
    const joined = { ...upper, rows: [...upper.rows, ...rows.slice(0, met), ...known], atEnd: lower.atEnd };
    const below = rest.slice(place + 1);
    return joined.atEnd ? [joined] : appendBelow(joined, { ...page, rows: rows.slice(met) }, below);
  }
  const longer = { ...upper, rows: [...upper.rows, ...rows], atEnd: !page.hasNext };
  return longer.atEnd ? [longer] : [longer, ...rest];
}

/**
 * The same in the other direction. Above a known start there are only newer rows, which wait until the user shows them.
 */
function prependAbove(lower: Segment, page: Page, rest: readonly Segment[]): Segment[] {
  const rows = rowsNotIn(lower, page.rows);
  for (const [place, upper] of [...rest.entries()].reverse()) {
    const places = positionsOf(upper.rows);
    const met = rows.findLastIndex(({ id }) => places.has(id));
    const last = rows[met];
    if (last === undefined) continue;
    const known = upper.rows.slice(0, (places.get(last.id) ?? 0) + 1);
    const all = [...known, ...rows.slice(met + 1), ...lower.rows];
    const joined = { ...lower, base: upper.base, rows: all, atStart: upper.atStart };
    const above = rest.slice(0, place);
    return joined.atStart ? [joined] : prependAbove(joined, { ...page, rows: rows.slice(0, met) }, above);
  }
  const base = lower.base - rows.length;
  const longer = { ...lower, base, rows: [...rows, ...lower.rows], atStart: !page.hasPrevious };
  return longer.atStart ? [longer] : [...rest, longer];
}
