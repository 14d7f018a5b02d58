import type { Window } from './window.ts';

/** Relay's PageInfo; cursors are null on a page without rows. */
export interface PageInfo {
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly startCursor: string | null;
  readonly endCursor: string | null;
}

/** One row with the cursor of its place. */
export interface Edge<Row> {
  readonly cursor: string;
  readonly node: Row;
}

/** A page of a connection. */
export interface ConnectionPage<Row> {
  readonly edges: readonly Edge<Row>[];
  readonly pageInfo: PageInfo;
}

/**
 * Dresses the rows of a window as a page. Both flags are facts about the whole list, in both directions: there are
 * rows before the window, there are rows after it.
 *
 * @param rows the row at each offset of `window`; a hole (undefined) is a row that could not be used and is left out
 * @param cursorOf the cursor of a row at a 0-based offset
 * @see https://relay.dev/graphql/connections.htm#sec-undefined.PageInfo
 */
export function connectionPage<Row>(
  rows: readonly (Row | undefined)[],
  window: Window,
  total: number,
  cursorOf: (row: Row, offset: number) => string,
): ConnectionPage<Row> {
  const edges: Edge<Row>[] = [];
  for (const [index, node] of rows.entries()) {
    if (node !== undefined) edges.push({ cursor: cursorOf(node, window.start + index), node });
  }
  return {
    edges,
    pageInfo: {
      hasNextPage: window.end < total,
      hasPreviousPage: window.start > 0,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}
