import { type RowList, settle } from './list.ts';
import { type Page, placesOf, type Row, type Segment, unknownTo } from './segment.ts';

/** Where a requested page lies: at an end of the list, or next to a row at the edge of a loaded segment. */
export type Ask =
  | { readonly from: 'start' | 'end' }
  | { readonly from: 'below' | 'above'; readonly row: Row };

const EMPTY: readonly Row[] = [];

/** Adds a page to the list. A page next to a row that is no longer at an edge only updates the total. */
export function join(list: RowList, ask: Ask, read: Page): RowList {
  // An empty page ends the list whatever its flags say: it has no cursor to continue from.
  const page = read.rows.length === 0 ? { ...read, hasPrevious: false, hasNext: false } : read;
  const { segments, newer, evenNewer, standing } = joined(list, ask, page);
  const known = segments.filter(({ rows }) => rows.length > 0);
  return settle({ segments: known, newer, evenNewer, total: page.total, standing });
}

function joined(list: RowList, ask: Ask, page: Page): Omit<RowList, 'total'> {
  switch (ask.from) {
    case 'start': {
      const top: Segment = { base: 0, rows: EMPTY, atStart: true, atEnd: false };
      // The former first segment now lies somewhere below the new top.
      const rest = list.segments.map((segment) => ({ ...segment, atStart: false }));
      return { segments: goDown(top, page, rest), newer: EMPTY, evenNewer: false, standing: page.total };
    }
    case 'end': {
      const bottom: Segment = { base: 0, rows: EMPTY, atStart: false, atEnd: true };
      const rest = list.segments.map((segment) => ({ ...segment, atEnd: false }));
      return { ...list, segments: goUp(bottom, page, rest) };
    }
    case 'below': {
      const place = list.segments.findIndex(({ rows }) => rows.at(-1)?.id === ask.row.id);
      const segment = list.segments[place];
      if (segment === undefined) return list;
      const segments = [
        ...list.segments.slice(0, place),
        ...goDown(segment, page, list.segments.slice(place + 1)),
      ];
      return { ...list, segments };
    }
    case 'above': {
      const place = list.segments.findIndex(({ rows }) => rows[0]?.id === ask.row.id);
      const segment = list.segments[place];
      if (segment === undefined) return list;
      const segments = [
        ...goUp(segment, page, list.segments.slice(0, place)),
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
function goDown(upper: Segment, page: Page, rest: readonly Segment[]): Segment[] {
  const rows = unknownTo(upper, page.rows);
  for (const [place, lower] of rest.entries()) {
    const places = placesOf(lower.rows);
    const met = rows.findIndex(({ id }) => places.has(id));
    const first = rows[met];
    if (first === undefined) continue;
    const known = lower.rows.slice(places.get(first.id));
    const joined = { ...upper, rows: [...upper.rows, ...rows.slice(0, met), ...known], atEnd: lower.atEnd };
    const below = rest.slice(place + 1);
    return joined.atEnd ? [joined] : goDown(joined, { ...page, rows: rows.slice(met) }, below);
  }
  const longer = { ...upper, rows: [...upper.rows, ...rows], atEnd: !page.hasNext };
  return longer.atEnd ? [longer] : [longer, ...rest];
}

/**
 * The same in the other direction. Above a known start there are only newer rows, which wait until the user shows them.
 */
function goUp(lower: Segment, page: Page, rest: readonly Segment[]): Segment[] {
  const rows = unknownTo(lower, page.rows);
  for (const [place, upper] of [...rest.entries()].reverse()) {
    const places = placesOf(upper.rows);
    const met = rows.findLastIndex(({ id }) => places.has(id));
    const last = rows[met];
    if (last === undefined) continue;
    const known = upper.rows.slice(0, (places.get(last.id) ?? 0) + 1);
    const all = [...known, ...rows.slice(met + 1), ...lower.rows];
    const joined = { ...lower, base: upper.base, rows: all, atStart: upper.atStart };
    const above = rest.slice(0, place);
    return joined.atStart ? [joined] : goUp(joined, { ...page, rows: rows.slice(0, met) }, above);
  }
  const base = lower.base - rows.length;
  const longer = { ...lower, base, rows: [...rows, ...lower.rows], atStart: !page.hasPrevious };
  return longer.atStart ? [longer] : [...rest, longer];
}
