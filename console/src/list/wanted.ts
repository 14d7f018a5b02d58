import type { Ask } from './join.ts';
import { countOf, type RowList, segmentAt } from './list.ts';
import { endOf } from './segment.ts';

/**
 * What to ask for next, so that the rows from `from` up to `to` become known: the page that comes nearest to the first
 * unknown one, from the edge of what is known or from an end of the list. Undefined when all of them are known.
 */
export function wanted(list: RowList, from: number, to: number): Ask | undefined {
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

/** The first row of which nobody knows what stands there; behind the end of a stretch that may be what follows it. */
function firstUnknown(list: RowList, from: number, to: number): number | undefined {
  if (from >= to) return undefined;
  const segment = segmentAt(list, from);
  if (segment === undefined) return from;
  return segment.atEnd || endOf(segment) >= to ? undefined : endOf(segment);
}
