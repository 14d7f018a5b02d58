import { BadInputError } from '../errors.ts';
import { type Anchor, type Cursor, CursorError, decodeCursor, encodeCursor } from './cursor.ts';
import type { ListDefinition } from './page-source.ts';
import type { Boundary } from './realign/locate-boundary.ts';
import type { RowAnchor } from './row-anchor.ts';
import type { ListRow } from './row-range.ts';

/** A list as clients see it: one of the upstream's lists, or all of them as one list. */
export type ListName<List extends string> = List | 'All';

/** The connection argument that has the cursor. */
export type CursorArgument = 'after' | 'before';

/** The boundaries of a cursor: one for each upstream list that it has an anchor in. */
export type Boundaries<List extends string> = ReadonlyMap<List, Boundary>;

/** The part of a definition that cursors depend on. */
type Lists<List extends string> = Pick<ListDefinition<List, ListRow>, 'lists' | 'order' | 'cursorCode'>;

/** Cursor of a row with one anchor. @param list the client's list @param own the row's upstream list */
export function cursorInOne<List extends string>(
  lists: Lists<List>,
  list: ListName<List>,
  own: List,
  anchor: RowAnchor,
): string {
  return anchor.cursor(codeOf(lists, list, own));
}

/** Cursor of a row of merged lists: an anchor of the row, and of the last row above it in each other list. */
export function cursorInAll<List extends string>(
  lists: Lists<List>,
  own: List,
  anchors: readonly Anchor[],
): string {
  return encodeCursor({ list: codeOf(lists, 'All', own), anchors });
}

/**
 * Cursor of a position in a search. Only a search with the same filter accepts it.
 *
 * @param anchors as for a row of the client's list: one, or one for each merged list
 * @param filter hash of the filter, {@link FILTER_DIGITS} hexadecimal digits
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
 * Decodes the cursor in `after` or `before` to its boundaries.
 *
 * @param filter hash of the search's filter; undefined for a plain list
 * @throws BadInputError for a string that is not a cursor, and for a cursor of another list or filter
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
  const cursorList = index < lists.length ? own : 'All';
  const anchored = cursorList === 'All' && order === 'newest first' ? lists : [own as List];
  if (index < 0 || index >= 2 * lists.length) {
    throw new BadInputError(
      argument,
      `\`${argument}\` is a cursor of another connection; allowed is an \`endCursor\`, \`startCursor\` or \`cursor\` of this one.`,
    );
  }
  if (anchored.length !== cursor.anchors.length)
    throw new BadInputError(argument, `\`${argument}\` is not a cursor of this gateway.`);
  if (cursorList !== list) {
    throw new BadInputError(
      argument,
      `\`${argument}\` is a cursor of the list of type ${cursorList?.toUpperCase()}; it cannot be used with type ${list.toUpperCase()}.`,
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
  const edge = argument === 'after' ? 'start' : 'end';
  const otherEdge = argument === 'after' ? 'end' : 'start';
  if (cursor.anchors.some(({ resumption }) => resumption?.side === otherEdge)) {
    const other = argument === 'after' ? 'before' : 'after';
    throw new BadInputError(
      argument,
      `\`${argument}\` is a cursor of a search in the other direction that has not read its first row; it can only be used as \`${other}\`.`,
    );
  }
  // In another list the anchor is the last row above the position, so the boundary is below it for both arguments.
  const sideIn = (one: List) => (argument === 'before' && one === own ? 'before' : 'after');
  return new Map(
    anchored.flatMap((one, at) => {
      const anchor = cursor.anchors[at] as Anchor;
      const side = anchor.resumption?.side ?? sideIn(one);
      return side === edge ? [] : [[one, { anchor, side: side as Boundary['side'] }] as const];
    }),
  );
}

function describeOwner(filter: string | undefined): string {
  return filter === undefined ? 'a list without a filter' : 'a search';
}
