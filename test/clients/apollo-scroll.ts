import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';
import { filter, firstValueFrom } from 'rxjs';
import {
  type CustomizedVoiceJobTypeFilter,
  VoiceJobsDocument,
  type VoiceJobsQuery,
} from '../../examples/operations/generated/graphql.ts';

/** Apollo Client as an app sets it up for this API: a field policy for each connection, nothing else. */
export function createClient(url: string): ApolloClient {
  return new ApolloClient({
    link: new HttpLink({ uri: url }),
    cache: new InMemoryCache({
      typePolicies: {
        Query: {
          fields: {
            customizedVoiceJobs: relayStylePagination(['type']),
            searchCustomizedVoiceJobs: relayStylePagination(['filter', 'type']),
          },
        },
      },
    }),
    devtools: { enabled: false },
  });
}

/** An infinite scroll: a watched query that grows downwards from the top, or upwards from the end of the list. */
export async function startScroll(
  client: ApolloClient,
  type: CustomizedVoiceJobTypeFilter,
  direction: 'forwards' | 'backwards',
  pageSize = 10,
) {
  const forwards = direction === 'forwards';
  const variables = forwards ? { type, first: pageSize } : { type, last: pageSize };
  const list = client.watchQuery({ query: VoiceJobsDocument, variables });
  let shown: VoiceJobsQuery | undefined;
  const subscription = list.subscribe((result) => {
    if (result.dataState === 'complete') shown = result.data;
  });
  const { error } = await firstValueFrom(list.pipe(filter(({ loading }) => !loading)));
  if (error !== undefined) throw error;

  const merged = () => {
    const data = client.readQuery({ query: VoiceJobsDocument, variables });
    if (data === null) throw new Error('the cache cannot answer the watched query');
    return data.customizedVoiceJobs;
  };
  return {
    /** Rows that the cache has merged so far. */
    rows: () => merged().edges.map(({ node }) => node),
    cursors: () => merged().edges.map(({ cursor }) => cursor),
    /** Rows in the watcher's last result, which follows the cache with a short delay. */
    shown: () => shown?.customizedVoiceJobs.edges.map(({ node }) => node) ?? [],
    get goesOn() {
      const { hasNextPage, hasPreviousPage } = merged().pageInfo;
      return forwards ? hasNextPage : hasPreviousPage;
    },
    async more() {
      const { startCursor, endCursor } = merged().pageInfo;
      await list.fetchMore({ variables: forwards ? { after: endCursor } : { before: startCursor } });
    },
    [Symbol.dispose]() {
      subscription.unsubscribe();
    },
  };
}
