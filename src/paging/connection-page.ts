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
 * Dresses rows as a page.
 *
 * @param listing the rows, and as facts about the whole list whether it has any before and after them
 * @see https://relay.dev/graphql/connections.htm#sec-undefined.PageInfo
 */
export function connectionPage<Row>(listing: {
  readonly edges: readonly Edge<Row>[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}): ConnectionPage<Row> {
  const { edges, hasNextPage, hasPreviousPage } = listing;
  const [startCursor, endCursor] = [edges[0]?.cursor ?? null, edges.at(-1)?.cursor ?? null];
  return { edges, pageInfo: { hasNextPage, hasPreviousPage, startCursor, endCursor } };
}
