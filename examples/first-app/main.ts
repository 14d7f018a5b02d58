// A first app with Apollo Client 4: two pages of jobs, one job, and its status as it changes.
import process from 'node:process';
import {
  ApolloClient,
  CombinedGraphQLErrors,
  gql,
  HttpLink,
  InMemoryCache,
  type TypedDocumentNode,
} from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';

const { GATEWAY_URL = 'http://127.0.0.1:4000', API_KEY } = process.env;

const print = (line: string) => process.stdout.write(`${line}\n`);

const client = new ApolloClient({
  link: new HttpLink({ uri: `${GATEWAY_URL}/graphql`, headers: API_KEY ? { 'x-api-key': API_KEY } : {} }),
  cache: new InMemoryCache({
    // One list for each type, to which every page is added. Jobs are normalised by their id.
    typePolicies: { Query: { fields: { customizedVoiceJobs: relayStylePagination(['type']) } } },
  }),
});

interface Job {
  id: string;
  jobId: string;
  voiceName: string | null;
  status: string | null;
}

interface Page {
  customizedVoiceJobs: {
    totalCount: number;
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
    edges: { node: Job }[];
  };
}

const JOBS: TypedDocumentNode<Page, { first: number; after?: string | null }> = gql`
  query Jobs($first: Int!, $after: String) {
    customizedVoiceJobs(type: BASIC, first: $first, after: $after) {
      totalCount
      pageInfo {
        hasNextPage
        endCursor
      }
      edges {
        node {
          id
          jobId
          voiceName
          status
        }
      }
    }
  }
`;

const STATUS: TypedDocumentNode<{ customizedVoiceJobStatusChanged: Job }, { jobId: string }> = gql`
  subscription Status($jobId: ID!) {
    customizedVoiceJobStatusChanged(jobId: $jobId) {
      id
      jobId
      voiceName
      status
    }
  }
`;

/** A watched query: called again whenever the list in the cache changes. */
const list = client.watchQuery({ query: JOBS, variables: { first: 10 } });
const updates = list.subscribe(({ data, dataState }) => {
  if (dataState !== 'complete') return;
  const { edges, totalCount } = data.customizedVoiceJobs;
  print(`${edges.length} of ${totalCount} jobs are loaded`);
});

try {
  const { data } = await client.query({ query: JOBS, variables: { first: 10 } });
  const { pageInfo, edges } = data?.customizedVoiceJobs ?? { pageInfo: undefined, edges: [] };
  if (pageInfo?.hasNextPage) await list.fetchMore({ variables: { after: pageInfo.endCursor } });

  const newest = edges[0]?.node;
  if (newest !== undefined) {
    // Ends after SUCCESS or FAIL. Each status also changes the job in the cache, and so the list above.
    await client
      .subscribe({ query: STATUS, variables: { jobId: newest.jobId } })
      .forEach(({ data, error }) => {
        if (error) throw error;
        print(`${newest.jobId} ${data?.customizedVoiceJobStatusChanged.status}`);
      });
  }
} catch (error) {
  // GraphQL errors have a code, also those with HTTP 401, 403 and 429; anything else comes from the network or a proxy.
  const code = CombinedGraphQLErrors.is(error) ? error.errors[0]?.extensions?.code : 'NETWORK';
  print(`${code}: ${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  updates.unsubscribe();
  client.stop();
}
