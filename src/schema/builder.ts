import SchemaBuilder from '@pothos/core';
import RelayPlugin from '@pothos/plugin-relay';
import type { Caller, Freshness } from '../paging/caller.ts';
import type { ListDefinition } from '../paging/page-source.ts';
import type { RowLoader } from '../paging/row-loader.ts';
import type { ListRow } from '../paging/row-range.ts';
import { DEFAULT_PAGE_ROWS, MAX_PAGE_ROWS } from '../paging/window.ts';
import type { JobType, VoiceJob } from '../voice-jobs/job.ts';
import type { JobSubscriptions } from '../voice-jobs/watch/job-subscriptions.ts';
import type { Voice, VoiceType } from '../voices/voice.ts';

/** Context of the resolvers of one request. */
export interface GatewayContext {
  readonly caller: Caller;
  readonly jobs: RowLoader<JobType, VoiceJob>;
  readonly voices: RowLoader<VoiceType, Voice>;
  /** Age of the oldest value that the request has used. */
  readonly freshness: Freshness;
  readonly live: JobSubscriptions;
  /** Call budget of one search. */
  readonly searchCalls: number;
}

export interface SchemaTypes {
  Context: GatewayContext;
  DefaultEdgesNullability: { list: false; items: false };
  DefaultNodeNullability: false;
  Connection: { totalCount: number | Promise<number> };
  Scalars: { DateTime: { Input: string; Output: string } };
}

export const ID_DESCRIPTION =
  'Global id: opaque, and unique among all objects of this API. Clients use it as the key of their cache.';

/** The lists of one kind of rows, as far as the cost depends on them. */
export type CostedLists = Pick<ListDefinition<string, ListRow>, 'lists' | 'maxPageSize' | 'rowName'>;

/**
 * What a field reads from the upstream, from which the cost of an operation is computed:
 *
 * - `list`: a page of each list.
 * - `search`: rows that match the filter in an argument, up to the call budget of a search.
 * - `row`, `rows`: rows by the ids in an argument, each of one of some kinds.
 * - `row for each`: below the root, one row by id for each parent object, or the pages of the lists if those are fewer calls.
 */
export type UpstreamReads =
  | { readonly kind: 'list'; readonly lists: CostedLists }
  | { readonly kind: 'search'; readonly lists: Pick<CostedLists, 'lists'>; readonly filter: string }
  | { readonly kind: 'row' | 'rows'; readonly argument: string; readonly of: readonly CostedLists[] }
  | { readonly kind: 'row for each'; readonly of: CostedLists; readonly scanListsFrom: number };

/** The `extensions` of a field that reads from the upstream. A field without them is free. */
export function reads(upstreamReads: UpstreamReads): { readonly upstreamReads: UpstreamReads } {
  return { upstreamReads };
}

/**
 * Creates a schema builder with the Relay plugin.
 *
 * @param typenameOf returns the type name of an object with a global id
 * @param plugins further plugins, for a subgraph. Only a subgraph loads their modules, because they are large
 */
export function createBuilder(
  typenameOf: (row: unknown) => string,
  plugins: readonly ('directives' | 'federation')[] = [],
) {
  return new SchemaBuilder<SchemaTypes>({
    plugins: [RelayPlugin, ...plugins],
    relay: {
      cursorType: 'String',
      nodesOnConnection: {
        description: 'The rows of this page, without cursors. Short for `edges { node }`.',
      },
      nodeQueryOptions: false,
      nodesQueryOptions: false,
      nodeTypeOptions: {
        description: 'An object with a global id.',
        resolveType: typenameOf,
      },
      idFieldOptions: {
        description: ID_DESCRIPTION,
      },
      // Shareable, because other subgraphs of a federated graph may define PageInfo too.
      pageInfoTypeOptions: { description: 'Pagination information of a page.', shareable: true },
      hasNextPageFieldOptions: {
        description:
          'Whether rows follow this page. Exact in both directions: with `last` and `before` as well as with `first` and `after`.',
      },
      hasPreviousPageFieldOptions: {
        description:
          'Whether rows precede this page. Exact in both directions: with `first` and `after` as well as with `last` and `before`.',
      },
      startCursorFieldOptions: {
        description:
          'Cursor of the first row. Pass it as `before`, together with `last`, to get the previous page. Null when the page is empty, except in a search: one that runs backwards and uses up its upstream calls before the page is full returns a cursor from which the search continues.',
      },
      endCursorFieldOptions: {
        description:
          'Cursor of the last row. Pass it as `after`, together with `first`, to get the next page. Null when the page is empty, except in a search: one that uses up its upstream calls before the page is full returns a cursor from which the search continues.',
      },
      edgesFieldOptions: {
        description: 'The rows of this page with their cursors.',
        nullable: { list: false, items: false },
      },
      pageInfoFieldOptions: { description: 'Pagination information of this page.' },
      cursorFieldOptions: {
        description:
          'Opaque cursor of this row. Pass it as `after` or `before`. It stays valid when rows are added or deleted, its own row included.',
      },
      nodeFieldOptions: { nullable: false },
      firstArgOptions: {
        description: `Number of rows to return from the start of the list, or after the cursor \`after\`: 0 to ${MAX_PAGE_ROWS}. Default: ${DEFAULT_PAGE_ROWS}, unless \`last\` is given.`,
      },
      lastArgOptions: {
        description: `Number of rows to return from the end of the list, or before the cursor \`before\`: 0 to ${MAX_PAGE_ROWS}. Cannot be combined with \`first\`.`,
      },
      afterArgOptions: {
        description: 'Return only rows after this cursor. It must be a cursor of the same list.',
      },
      beforeArgOptions: {
        description: 'Return only rows before this cursor. It must be a cursor of the same list.',
      },
    },
  });
}

export type Builder = ReturnType<typeof createBuilder>;
