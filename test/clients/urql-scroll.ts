import { Client, fetchExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import {
  type CustomizedVoiceJobTypeFilter,
  VoiceJobsDocument,
  type VoiceJobsQuery,
  type VoiceJobsQueryVariables,
} from '../../examples/operations/generated/graphql.ts';

/**
 * urql as an app sets it up for this API: the normalised cache with a resolver for each connection. Pages are merged
 * outwards from where a list started: at its top, at its end or at a cursor.
 */
export function createClient(url: string): Client {
  return new Client({
    url,
    exchanges: [
      cacheExchange({
        resolvers: {
          Query: {
            customizedVoiceJobs: relayPagination({ mergeMode: 'outwards' }),
            searchCustomizedVoiceJobs: relayPagination({ mergeMode: 'outwards' }),
          },
        },
      }),
      fetchExchange,
    ],
  });
}

/** An infinite scroll: a query that grows downwards from the top, or upwards from the end of the list. */
export async function startScroll(
  client: Client,
  type: CustomizedVoiceJobTypeFilter,
  direction: 'forwards' | 'backwards',
  pageSize = 10,
) {
  const forwards = direction === 'forwards';
  const firstPage = forwards ? { type, first: pageSize } : { type, last: pageSize };
  /** Requests one page; the cache returns all pages so far. */
  const load = async (variables: VoiceJobsQueryVariables) => {
    const { data, error } = await client.query(VoiceJobsDocument, variables);
    if (!data) throw error;
    return data.customizedVoiceJobs;
  };
  let merged = await load(firstPage);

  let shown: VoiceJobsQuery | undefined;
  const subscription = client.query(VoiceJobsDocument, firstPage).subscribe(({ data }) => {
    shown = data;
  });
  return {
    /** Result of the last page's query. */
    rows: () => merged.edges.map(({ node }) => node),
    cursors: () => merged.edges.map(({ cursor }) => cursor),
    /** Last result of the watcher of the first page: it grows with each page and sees jobs change. */
    shown: () => shown?.customizedVoiceJobs.edges.map(({ node }) => node) ?? [],
    get goesOn() {
      return forwards ? merged.pageInfo.hasNextPage : merged.pageInfo.hasPreviousPage;
    },
    async more() {
      const { startCursor, endCursor } = merged.pageInfo;
      merged = await load({ ...firstPage, ...(forwards ? { after: endCursor } : { before: startCursor }) });
    },
    [Symbol.dispose]() {
      subscription.unsubscribe();
    },
  };
}
