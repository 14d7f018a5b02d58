import { BadInputError } from '../errors.ts';
import { type Anchor, type Cursor, CursorError, decodeCursor, encodeCursor } from '../paging/cursor.ts';
import type { Boundary } from '../paging/realign/locate-boundary.ts';
import { JOB_TYPES, type JobType } from '../upstream/ims.ts';
import type { VoiceJob } from './job.ts';

/** A list as clients see it: one of the upstream's, or both as one. */
export type ListName = JobType | 'All';

/** The side of the cursor's row on which the rows lie that are wanted, as the argument's name says. */
export type CursorArgument = 'after' | 'before';

/** The boundary of one cursor in each upstream list. */
export type Boundaries = Readonly<Record<JobType, Boundary>>;

/** The number in the cursor for the list, and which of its anchors is the row itself; the order of anchors is that of JOB_TYPES. */
const CODES = [
  { list: 'Basic', own: 'Basic', anchors: ['Basic'] },
  { list: 'Standard', own: 'Standard', anchors: ['Standard'] },
  { list: 'All', own: 'Basic', anchors: JOB_TYPES },
  { list: 'All', own: 'Standard', anchors: JOB_TYPES },
] as const;

/** The last cursor of each row: rows are cached for many requests, and mostly do not move. */
const lastCursors = new WeakMap<VoiceJob, { readonly anchor: Anchor; readonly text: string }>();

/** The cursor of a row of one list. */
export function cursorInOne(type: JobType, anchor: Anchor, row: VoiceJob): string {
  const known = lastCursors.get(row);
  if (known !== undefined && isSame(known.anchor, anchor)) return known.text;
  const text = encodeCursor({ list: CODES.findIndex(({ list }) => list === type), anchors: [anchor] });
  lastCursors.set(row, { anchor, text });
  return text;
}

/** Of one row, so that key and time are the same. */
function isSame(one: Anchor, other: Anchor): boolean {
  const [keys, others] = [one.neighbours, other.neighbours];
  return (
    one.offset === other.offset &&
    one.total === other.total &&
    one.ordered === other.ordered &&
    keys.side === others.side &&
    keys.complete === others.complete &&
    keys.keys.length === others.keys.length &&
    keys.keys.every((key, index) => key === others.keys[index])
  );
}

/** The cursor of a row of both lists as one: its own place, and the last row above it in the other list. */
export function cursorInAll(own: JobType, anchors: Readonly<Record<JobType, Anchor>>): string {
  return encodeCursor({
    list: CODES.findIndex((code) => code.list === 'All' && code.own === own),
    anchors: JOB_TYPES.map((type) => anchors[type]),
  });
}

/**
 * Reads the cursor given as `after` or `before`: its boundary in each upstream list of its own.
 *
 * @throws BadInputError for a string that is no cursor, or one of another list
 */
export function readCursor(list: ListName, argument: CursorArgument, text: string): Partial<Boundaries> {
  let cursor: Cursor;
  try {
    cursor = decodeCursor(text);
  } catch (error) {
    if (!(error instanceof CursorError)) throw error;
    throw new BadInputError(argument, `\`${argument}\` ${error.message}.`);
  }
  const code = CODES[cursor.list];
  if (code === undefined || code.anchors.length !== cursor.anchors.length) {
    throw new BadInputError(argument, `\`${argument}\` is not a cursor of this gateway.`);
  }
  if (code.list !== list) {
    const [given, asked] = [code.list.toUpperCase(), list.toUpperCase()];
    throw new BadInputError(
      argument,
      `\`${argument}\` is a cursor of the list of type ${given}; it cannot be used with type ${asked}.`,
    );
  }
  // In the other list the anchor is the last row above the place, so that the cut is below it either way.
  const sideIn = (type: JobType) => (argument === 'before' && type === code.own ? 'before' : 'after');
  return Object.fromEntries(
    code.anchors.map((type, index) => [type, { anchor: cursor.anchors[index], side: sideIn(type) }]),
  );
}
