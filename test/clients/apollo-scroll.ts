import { ApolloClient, gql, HttpLink, InMemoryCache, type TypedDocumentNode } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';
import { filter, firstValueFrom } from 'rxjs';

/** A row as the cache holds it. */
export interface CachedJob {
  readonly jobId: string;
  readonly type: string;
  readonly createTime: string;
}

interface Data {
  readonly customizedVoiceJobs: {
    readonly totalCount: number;
    readonly edges: readonly { readonly cursor: string; readonly node: CachedJob }[];
    readonly pageInfo: {
      readonly startCursor: string | null;
      readonly endCursor: string | null;
      readonly hasPreviousPage: boolean;
      readonly hasNextPage: boolean;
    };
  };
}

export type ListType = 'BASIC' | 'STANDARD' | 'ALL';

type Variables = {
  type: ListType;
  first?: number;
  after?: string | null;
  last?: number;
  before?: string | null;
};

const LIST: TypedDocumentNode<Data, Variables> = gql`
  query List($type: CustomizedVoiceJobTypeFilter!, $first: Int, $after: String, $last: Int, $before: String) {
    customizedVoiceJobs(type: $type, first: $first, after: $after, last: $last, before: $before) {
      totalCount
      edges { cursor node { id jobId type createTime } }
      pageInfo { startCursor endCursor hasPreviousPage hasNextPage }
    }
  }
`;

/** Apollo Client as an app sets it up for this API: one field policy, nothing else. */
export function createClient(origin: string): ApolloClient {
  return new ApolloClient({
    link: new HttpLink({ uri: `${origin}/graphql` }),
    cache: new InMemoryCache({
      typePolicies: { Query: { fields: { customizedVoiceJobs: relayStylePagination(['type']) } } },
    }),
    devtools: { enabled: false },
  });
}

/** An infinite scroll: a watched query that grows at one end. `using` unsubscribes it. */
export interface Scroll extends Disposable {
  /** What the cache has merged so far, in its order. */
  rows(): readonly CachedJob[];
  /** What the last emission to the watcher held; the same as `rows` if the watcher is kept up to date. */
  shown(): readonly CachedJob[];
  /** Id of the row that the next page is asked from. */
  readonly cursorJobId: string | undefined;
  readonly goesOn: boolean;
  more(): Promise<void>;
}

/** Loads the first page from the top of the list, or from its end when scrolling backwards. */
export async function startScroll(
  client: ApolloClient,
  type: ListType,
  direction: 'forwards' | 'backwards',
  pageSize = 10,
): Promise<Scroll> {
  const forwards = direction === 'forwards';
  const variables: Variables = forwards ? { type, first: pageSize } : { type, last: pageSize };
  const watched = client.watchQuery({ query: LIST, variables });
  let shown: readonly CachedJob[] = [];
  const subscription = watched.subscribe((result) => {
    if (result.dataState === 'complete')
      shown = result.data.customizedVoiceJobs.edges.map(({ node }) => node);
  });
  const { error } = await firstValueFrom(watched.pipe(filter(({ loading }) => !loading)));
  if (error !== undefined) throw error;
  const cached = () => {
    const data = client.readQuery({ query: LIST, variables });
    if (data === null) throw new Error('the cache cannot answer the watched query');
    return data.customizedVoiceJobs;
  };
  return {
    rows: () => cached().edges.map(({ node }) => node),
    shown: () => shown,
    get cursorJobId() {
      return cached().edges.at(forwards ? -1 : 0)?.node.jobId;
    },
    get goesOn() {
      const { hasNextPage, hasPreviousPage } = cached().pageInfo;
      return forwards ? hasNextPage : hasPreviousPage;
    },
    async more() {
      const { startCursor, endCursor } = cached().pageInfo;
      await watched.fetchMore({ variables: forwards ? { after: endCursor } : { before: startCursor } });
    },
    [Symbol.dispose]() {
      subscription.unsubscribe();
    },
  };
}
