import type { PageRequest } from './join.ts';
import { countOf, type RowList, segmentAt } from './list.ts';
import { endOf } from './segment.ts';

/**
 * The next page to request so that the rows from `from` up to `to` become loaded: the one nearest to the first missing
 * row, from the edge of a segment or an end of the list. Undefined when all are loaded.
 */
export function nextRequest(list: RowList, from: number, to: number): PageRequest | undefined {
  if (list.total === undefined) return { from: 'start' };
  const count = countOf(list);
  const index = firstUnknown(list, Math.max(0, from), Math.min(to, count));
  if (index === undefined) return undefined;
  const above = list.segments.findLast((segment) => endOf(segment) <= index);
  const below = list.segments.find((segment) => segment.base >= index);
  const lastAbove = above?.rows.at(-1);
  const firstBelow = below?.rows[0];
  const down = index - (above === undefined ? 0 : endOf(above));
  const up = (below === undefined ? count : below.base) - 1 - index;
  if (down <= up) return lastAbove === undefined ? { from: 'start' } : { from: 'below', row: lastAbove };
  return firstBelow === undefined ? { from: 'end' } : { from: 'above', row: firstBelow };
}

/** Index of the first row that is not loaded; undefined when all are. */
function firstUnknown(list: RowList, from: number, to: number): number | undefined {
  if (from >= to) return undefined;
  const segment = segmentAt(list, from);
  if (segment === undefined) return from;
  return segment.atEnd || endOf(segment) >= to ? undefined : endOf(segment);
}
