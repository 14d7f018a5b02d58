import { BadInputError } from '../errors.ts';
import { type Anchor, type Cursor, CursorError, decodeCursor, encodeCursor } from './cursor.ts';
import type { ListDefinition } from './page-source.ts';
import type { Boundary } from './realign/locate-boundary.ts';
import type { RowAnchor } from './row-anchor.ts';
import type { ListRow } from './row-range.ts';

/** A list as clients see it: one of the upstream's, or all of them as one. */
export type ListName<List extends string> = List | 'All';

/** The side of the cursor's row on which the rows lie that are wanted, as the argument's name says. */
export type CursorArgument = 'after' | 'before';

/** The boundary of one cursor in each upstream list that it says something about. */
export type Boundaries<List extends string> = ReadonlyMap<List, Boundary>;

/** What the lists of a cursor are read from. */
type Lists<List extends string> = Pick<ListDefinition<List, ListRow>, 'lists' | 'order' | 'cursorCode'>;

/** The cursor of a row that says nothing about other lists. @param list that a client sees @param own list of the row */
export function cursorInOne<List extends string>(
  lists: Lists<List>,
  list: ListName<List>,
  own: List,
  anchor: RowAnchor,
): string {
  return anchor.cursor(codeOf(lists, list, own));
}

/** The cursor of a row of merged lists: its own place, and the last row above it in each other list. */
export function cursorInAll<List extends string>(
  lists: Lists<List>,
  own: List,
  anchors: readonly Anchor[],
): string {
  return encodeCursor({ list: codeOf(lists, 'All', own), anchors });
}

/**
 * The cursor of a place in a search, which only a search with the same filter takes.
 *
 * @param anchors as of a row of the list that a client sees: one, or one for each merged list
 * @param filter stands for the filter, {@link FILTER_DIGITS} hexadecimal digits
 */
export function cursorInSearch<List extends string>(
  lists: Lists<List>,
  list: ListName<List>,
  own: List,
  anchors: readonly Anchor[],
  filter: string,
): string {
  return encodeCursor({ list: codeOf(lists, list, own), anchors, filter });
}

function codeOf<List extends string>(
  { lists, cursorCode = 0 }: Lists<List>,
  list: ListName<List>,
  own: List,
): number {
  return cursorCode + (list === 'All' ? lists.length : 0) + lists.indexOf(own);
}

/**
 * Reads the cursor given as `after` or `before`: its boundary in each upstream list that it says something about.
 *
 * @param filter of the search that it has to be of; undefined for a plain list
 * @throws BadInputError for a string that is no cursor, or one of another list or filter
 */
export function readCursor<List extends string>(
  definition: Lists<List>,
  list: ListName<List>,
  argument: CursorArgument,
  text: string,
  filter?: string,
): Boundaries<List> {
  const { lists, order, cursorCode = 0 } = definition;
  let cursor: Cursor;
  try {
    cursor = decodeCursor(text);
  } catch (error) {
    if (!(error instanceof CursorError)) throw error;
    throw new BadInputError(argument, `\`${argument}\` ${error.message}.`);
  }
  const index = cursor.list - cursorCode;
  const own = lists[index % lists.length];
  const given = index < lists.length ? own : 'All';
  const anchored = given === 'All' && order === 'newest first' ? lists : [own as List];
  if (index < 0 || index >= 2 * lists.length || anchored.length !== cursor.anchors.length)
    throw new BadInputError(argument, `\`${argument}\` is not a cursor of this gateway.`);
  if (given !== list) {
    throw new BadInputError(
      argument,
      `\`${argument}\` is a cursor of the list of type ${given?.toUpperCase()}; it cannot be used with type ${list.toUpperCase()}.`,
    );
  }
  if (cursor.filter !== filter) {
    const [owner, user] = [describeOwner(cursor.filter), describeOwner(filter)];
    const other = owner === user ? 'another search' : owner;
    const here = owner === user ? 'this one, whose filter differs' : user;
    throw new BadInputError(
      argument,
      `\`${argument}\` is a cursor of ${other}; it cannot be used with ${here}.`,
    );
  }
  // In another list the anchor is the last row above the place, so that the cut is below it either way.
  const sideIn = (one: List) => (argument === 'before' && one === own ? 'before' : 'after');
  return new Map(
    anchored.flatMap((one, at) => {
      const anchor = cursor.anchors[at] as Anchor;
      const side = anchor.resumption?.side ?? sideIn(one);
      return side === 'edge' ? [] : [[one, { anchor, side }] as const];
    }),
  );
}

function describeOwner(filter: string | undefined): string {
  return filter === undefined ? 'a list without a filter' : 'a search';
}
