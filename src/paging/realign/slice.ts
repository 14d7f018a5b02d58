import { type Extent, type Window, windowOf } from '../../paging/window.ts';
import { endOf, holdsWindow, listEndOf, type Span } from '../span.ts';
import { type Boundary, gapIn, placeOf } from './gap.ts';

/** The rows that were asked for, all of one state of the list, and how far that goes on. */
export interface Slice extends Span {
  /** Past the last row of the list, as far as anybody can tell; not below the end of the slice. */
  readonly listEnd: number;
  /** Whether rows that were asked for are missing, because the list never stood still to be read. */
  readonly partial: boolean;
}

/** The rows that an extent means on from (or up to) an offset. */
export function windowAt(extent: Extent, offset: number, listEnd: number): Window {
  return windowOf(extent, extent.from === 'start' ? { after: offset - 1 } : { before: offset }, listEnd);
}

/** Whether a span holds at least the row of the window that lies at the extent's own end. */
export function begins(span: Span, window: Window, { from }: Extent): boolean {
  const row = from === 'start' ? window.start : window.end - 1;
  return row >= span.start && row < endOf(span) && window.start < window.end;
}

/** The part of a span that lies in a window. */
export function take(span: Span, window: Window): Slice {
  const start = Math.max(window.start, Math.min(span.start, window.end));
  const rows = span.rows.slice(Math.max(0, start - span.start), Math.max(0, window.end - span.start));
  const listEnd = Math.max(listEndOf(span), start + rows.length);
  const last = span.last && start + rows.length === endOf(span);
  return { ...span, start, rows, last, listEnd, partial: !holdsWindow(span, window) };
}

/** Cuts off what lies beyond the boundary at which the rows were to stop. */
export function cutAt(slice: Slice, stop: Boundary, { from }: Extent): Slice {
  const end = endOf(slice);
  const gap = gapIn(slice, stop, from === 'start' ? 'end' : 'start');
  let place = Math.min(Math.max(placeOf(stop), slice.start), end);
  if (gap.kind === 'at') place = gap.offset;
  if (gap.kind === 'above') place = slice.start;
  if (gap.kind === 'below') place = end;
  if (gap.kind === 'between') place = Math.min(Math.max(placeOf(stop), gap.from), gap.to);
  const kept = take(slice, from === 'start' ? { start: slice.start, end: place } : { start: place, end });
  const stopped = from === 'start' ? place < end : place > slice.start;
  return { ...kept, listEnd: slice.listEnd, partial: slice.partial && !stopped };
}
