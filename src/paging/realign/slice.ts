import { endOf, holdsWindow, knownListEnd, type ListRow, type RowRange } from '../row-range.ts';
import { type Extent, type Window, windowOf } from '../window.ts';
import { type Boundary, locateBoundary, placeOf } from './locate-boundary.ts';

/** The rows that were asked for, all of one state of the list, and how far that goes on. */
export interface Slice<Row extends ListRow = ListRow> extends RowRange<Row> {
  /** The offset past the last row of the list, as far as is known; not below the end of the slice. */
  readonly listEnd: number;
  /** Whether rows that were asked for are missing, because the list never stood still to be read. */
  readonly partial: boolean;
}

/** The rows that an extent means on from (or up to) an offset. */
export function windowAt(extent: Extent, offset: number, listEnd: number): Window {
  return windowOf(extent, extent.from === 'start' ? { after: offset - 1 } : { before: offset }, listEnd);
}

/** Whether a range has at least the row of the window that lies at the extent's own end. */
export function begins(range: RowRange, window: Window, { from }: Extent): boolean {
  const row = from === 'start' ? window.start : window.end - 1;
  return row >= range.start && row < endOf(range) && window.start < window.end;
}

/** The part of a range that lies in a window. */
export function take<Row extends ListRow>(range: RowRange<Row>, window: Window): Slice<Row> {
  const start = Math.max(window.start, Math.min(range.start, window.end));
  const rows = range.rows.slice(Math.max(0, start - range.start), Math.max(0, window.end - range.start));
  const listEnd = Math.max(knownListEnd(range), start + rows.length);
  const last = range.last && start + rows.length === endOf(range);
  return { ...range, start, rows, last, listEnd, partial: !holdsWindow(range, window) };
}

/** Cuts off what lies beyond the boundary at which the rows were to stop. */
export function cutAt<Row extends ListRow>(slice: Slice<Row>, stop: Boundary, { from }: Extent): Slice<Row> {
  const end = endOf(slice);
  const position = locateBoundary(slice, stop, from === 'start' ? 'end' : 'start');
  let place = Math.min(Math.max(placeOf(stop), slice.start), end);
  if (position.kind === 'at') place = position.offset;
  if (position.kind === 'above') place = slice.start;
  if (position.kind === 'below') place = end;
  if (position.kind === 'between') place = Math.min(Math.max(placeOf(stop), position.from), position.to);
  const kept = take(slice, from === 'start' ? { start: slice.start, end: place } : { start: place, end });
  const stopped = from === 'start' ? place < end : place > slice.start;
  return { ...kept, listEnd: slice.listEnd, partial: slice.partial && !stopped };
}
