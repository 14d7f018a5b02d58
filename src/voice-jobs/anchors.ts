import { type Anchor, KEY_DIGITS, MARK_DIGITS, MAX_MARKS, type Marks } from '../paging/cursor.ts';
import type { Boundary } from './gap.ts';
import type { VoiceJob } from './job.ts';
import type { Slice } from './slice.ts';
import { isNewestFirst, keyOfJob, type Row, type Span, secondOf } from './span.ts';

/** The boundaries that a slice was read between, as far as they lie right beside it. */
export interface Sides {
  /** Right above the first row. */
  readonly above?: Boundary | undefined;
  /** Right below the last row. */
  readonly below?: Boundary | undefined;
}

const NONE: Marks = { keys: [], complete: true };
const UNTOLD: Marks = { keys: [], complete: false };

/**
 * What a cursor at each row of a slice carries to find it again; undefined for a row that cannot be used.
 *
 * The marks are those above the row wherever they are known, and those below it only where they are not, so that a row
 * has the same cursor whatever window brought it: forwards they always are known, backwards unless rows that no time
 * tells apart go on above the page.
 */
export function anchorsOf(slice: Slice, { above, below }: Sides): (Anchor | undefined)[] {
  const span = slice.around;
  const ordered = isNewestFirst(slice.rows);
  const upwards = { rows: span.rows, step: -1, edge: span.start === 0 ? 'end' : chainAbove(above) } as const;
  const downwards = { rows: span.rows, step: 1, edge: span.last ? 'end' : chainBelow(below) } as const;
  return slice.rows.map((row, index) => {
    if (row === undefined) return undefined;
    const at = slice.start - span.start + index;
    const before = marksOf(row, at, ordered, upwards);
    return {
      offset: slice.start + index,
      total: slice.total,
      key: keyOfJob(row),
      createdAt: secondOf(row),
      ordered,
      before,
      after:
        before.complete || before.keys.length === MAX_MARKS ? UNTOLD : marksOf(row, at, ordered, downwards),
    };
  });
}

/** A place before the first row that its list has, for a row of another list that was created in that second. */
export function nowhere(slice: Span, row: VoiceJob): Anchor {
  return {
    offset: slice.start - 1,
    total: slice.total,
    key: '0'.repeat(KEY_DIGITS),
    createdAt: secondOf(row),
    ordered: true,
    before: NONE,
    after: UNTOLD,
  };
}

/** What lies beyond the slice on one side: nothing, rows known from a cursor, or rows nobody has seen. */
type Edge = 'end' | 'unseen' | { readonly createdAt: number | null; readonly marks: Marks };

interface Direction {
  readonly rows: readonly Row[];
  readonly step: 1 | -1;
  readonly edge: Edge;
}

function chainAbove(boundary: Boundary | undefined): Edge {
  if (boundary === undefined) return 'unseen';
  const { anchor, side } = boundary;
  return {
    createdAt: anchor.createdAt,
    marks: side === 'after' ? withOwn(anchor, anchor.before) : anchor.before,
  };
}

function chainBelow(boundary: Boundary | undefined): Edge {
  if (boundary === undefined) return 'unseen';
  const { anchor, side } = boundary;
  return {
    createdAt: anchor.createdAt,
    marks: side === 'before' ? withOwn(anchor, anchor.after) : anchor.after,
  };
}

function withOwn({ key }: Anchor, { keys, complete }: Marks): Marks {
  return { keys: [key.slice(0, MARK_DIGITS), ...keys], complete };
}

/**
 * The neighbours on one side that the row's time does not tell from it. Where the slice ends among them, the cursor that
 * led here knows the rest; where none did, they count as incomplete only if the row has such a neighbour on the other
 * side, so that the rows of a list without equal times have the same cursors whatever window brought them.
 */
function marksOf(row: VoiceJob, index: number, ordered: boolean, { rows, step, edge }: Direction): Marks {
  const second = secondOf(row);
  const alike = (other: Row) => other !== undefined && (!ordered || secondOf(other) === second);
  const keys: string[] = [];
  for (let at = index + step; keys.length <= MAX_MARKS; at += step) {
    if (at < 0 || at >= rows.length) return upToEdge(keys, second, ordered, edge, alike(rows[index - step]));
    const other = rows[at];
    if (other === undefined) continue;
    if (!alike(other)) break;
    keys.push(keyOfJob(other).slice(0, MARK_DIGITS));
  }
  return capped({ keys, complete: true });
}

function upToEdge(
  keys: string[],
  second: number | null,
  ordered: boolean,
  edge: Edge,
  hasTwin: boolean,
): Marks {
  if (edge === 'end') return capped({ keys, complete: true });
  if (edge === 'unseen') return capped({ keys, complete: keys.length === 0 && !hasTwin });
  if (ordered && edge.createdAt !== second) return capped({ keys, complete: true });
  return capped({ keys: [...new Set([...keys, ...edge.marks.keys])], complete: edge.marks.complete });
}

function capped({ keys, complete }: Marks): Marks {
  return { keys: keys.slice(0, MAX_MARKS), complete: complete && keys.length <= MAX_MARKS };
}
