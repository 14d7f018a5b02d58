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

export const ID_DESCRIPTION = 'Opaque id, unique among all objects of this API. Caches normalise by it.';

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
      nodesOnConnection: { description: 'The rows of this page, for callers that need no cursor of each.' },
      nodeQueryOptions: false,
      nodesQueryOptions: false,
      nodeTypeOptions: {
        description: 'An object that can be fetched again by its global id.',
        resolveType: typenameOf,
      },
      idFieldOptions: {
        description: ID_DESCRIPTION,
      },
      // Shareable, because other subgraphs of a federated graph may define PageInfo too.
      pageInfoTypeOptions: { description: 'Where a page stands in its list.', shareable: true },
      hasNextPageFieldOptions: {
        description:
          'Whether the list goes on after this page. A fact, whichever way the page was asked for.',
      },
      hasPreviousPageFieldOptions: {
        description:
          'Whether the list has rows before this page. A fact, whichever way the page was asked for.',
      },
      startCursorFieldOptions: {
        description:
          'Cursor of the first row, to be given as `before` for the page before. Null on an empty page of a list. A search backwards that ended before its page was full gives the last row that it looked at.',
      },
      endCursorFieldOptions: {
        description:
          'Cursor of the last row, to be given as `after` for the next page. Null on an empty page of a list. A search that ended before its page was full gives the last row that it looked at.',
      },
      edgesFieldOptions: {
        description: 'The rows of this page, each with its cursor.',
        nullable: { list: false, items: false },
      },
      pageInfoFieldOptions: { description: 'Where this page stands in the list.' },
      cursorFieldOptions: {
        description: 'The place of this row, to be given as `after` or `before`. Opaque.',
      },
      nodeFieldOptions: { nullable: false },
      firstArgOptions: {
        description: `How many rows from the start, or after \`after\`: 0 to ${MAX_PAGE_ROWS}. ${DEFAULT_PAGE_ROWS} when neither \`first\` nor \`last\` is given.`,
      },
      lastArgOptions: {
        description: `How many rows from the end, or before \`before\`: 0 to ${MAX_PAGE_ROWS}. Not together with \`first\`.`,
      },
      afterArgOptions: { description: 'A cursor of this list: only rows after it.' },
      beforeArgOptions: { description: 'A cursor of this list: only rows before it.' },
    },
  });
}

export type Builder = ReturnType<typeof createBuilder>;
