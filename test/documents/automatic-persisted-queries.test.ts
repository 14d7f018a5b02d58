import { createHash } from 'node:crypto';
import { ApolloClient, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { get, post } from '../answers/asking.ts';
import { type GatewayUnderTest, type GatewayUnderTestOptions, startGateway } from '../gateway-under-test.ts';
import { refusalOf } from './trusted.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const byHash = (text: string) => ({ persistedQuery: { version: 1, sha256Hash: sha256(text) } });
const QUERY = gql`
  query Automatic($first: Int) {
    customizedVoiceJobs(first: $first) {
      nodes {
        id
      }
    }
  }
`;

/** Apollo Client with automatic persisted queries, as in its documentation. */
function createApollo({ origin }: GatewayUnderTest, useGETForHashedQueries: boolean): ApolloClient {
  const persisted = new PersistedQueryLink({ sha256, useGETForHashedQueries });
  const http = new HttpLink({ uri: `${origin}/graphql` });
  return new ApolloClient({
    cache: new InMemoryCache(),
    link: persisted.concat(http),
    devtools: { enabled: false },
  });
}

/** Methods and statuses of the requests so far. */
const requestsOf = ({ logged }: GatewayUnderTest) =>
  logged.filter(({ msg }) => msg === 'request').map(({ method, status }) => `${method} ${status}`);

/** Modes that a client meets, as determined by an environment. */
const modeOf = (env: Record<string, string>): GatewayUnderTestOptions => {
  const { introspection, graphiql } = loadConfig({ IMS_UPSTREAM: 'emulator', ...env });
  return { introspection, graphiql, trustedDocuments: undefined };
};

describe.each([
  ['production', modeOf({ NODE_ENV: 'production' })],
  ['development', modeOf({})],
] as const)('in %s, without TRUSTED_DOCUMENTS', (_, options) => {
  let gateway: GatewayUnderTest;
  beforeAll(async () => {
    gateway = await startGateway({ gateway: options });
  });
  afterAll(() => gateway?.[Symbol.asyncDispose]());

  test.each([
    ['POST', false],
    ['GET', true],
  ] as const)(
    'Apollo Client with hashes by %s learns once that they are not supported, and sends texts from then on',
    async (method, useGET) => {
      await using own = await startGateway({ gateway: options });
      const client = createApollo(own, useGET);
      for (const first of [1, 2, 3]) {
        const { data } = await client.query({ query: QUERY, variables: { first } });
        expect((data as { customizedVoiceJobs: { nodes: object[] } }).customizedVoiceJobs.nodes).toHaveLength(
          first,
        );
      }
      await expect.poll(() => requestsOf(own)).toEqual([`${method} 400`, 'POST 200', 'POST 200', 'POST 200']);
    },
  );

  const NOT_SUPPORTED = {
    message: 'PersistedQueryNotSupported',
    extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED' },
  };

  test("a hash without a text gets Apollo Server's error, with 400 in the GraphQL media type and 200 in application/json", async () => {
    const extensions = byHash('{ __typename }');
    for (const path of ['/graphql', '/subgraph']) {
      for (const [accept, status] of [
        ['application/graphql-response+json', 400],
        ['application/json', 200],
      ] as const) {
        const headers = { accept };
        const byPost = await post(gateway, { extensions }, { path, headers });
        const byGet = await get(gateway, { extensions: JSON.stringify(extensions) }, { path, headers });
        for (const received of [byPost, byGet]) {
          expect([received.status, refusalOf(received.text)]).toEqual([status, NOT_SUPPORTED]);
          expect(received.headers['content-type']).toContain(accept);
        }
        expect(byGet.headers['cache-control']).toBe('no-store');
      }
    }
  });

  test('a text next to a hash is executed, whether the hash is correct or not, and not registered', async () => {
    const query = '{ customizedVoiceJobs { totalCount } }';
    for (const extensions of [byHash(query), byHash('another')]) {
      const { text } = await post(gateway, { query, extensions });
      expect(JSON.parse(text)).toEqual({ data: { customizedVoiceJobs: { totalCount: 271 } } });
    }
    expect(refusalOf((await post(gateway, { extensions: byHash(query) })).text)).toEqual(NOT_SUPPORTED);
  });
});

describe('with TRUSTED_DOCUMENTS=allow', () => {
  const REGISTERED = 'query Registered {\n  customizedVoiceJobs {\n    totalCount\n    __typename\n  }\n}';
  const documents = new Map([[`sha256:${sha256(REGISTERED)}`, REGISTERED]]);
  const registered = gql`
    query Registered {
      customizedVoiceJobs {
        totalCount
      }
    }
  `;

  test.each([
    ['POST', false],
    ['GET', true],
  ] as const)(
    'Apollo Client with hashes by %s sends the text of an unknown one, and keeps sending hashes of registered documents',
    async (method, useGET) => {
      await using gateway = await startGateway({
        gateway: { trustedDocuments: { mode: 'allow', documents } },
      });
      const client = createApollo(gateway, useGET);
      await client.query({ query: QUERY, variables: { first: 1 } });
      await client.query({ query: registered });
      await expect.poll(() => requestsOf(gateway)).toEqual([`${method} 400`, 'POST 200', `${method} 200`]);
    },
  );

  test.each([
    ['POST', false],
    ['GET', true],
  ] as const)(
    'with TRUSTED_DOCUMENTS=only Apollo Client by %s executes registered documents by hash, and gets one error with the reason for others',
    async (method, useGET) => {
      await using gateway = await startGateway({
        gateway: { trustedDocuments: { mode: 'only', documents } },
      });
      const client = createApollo(gateway, useGET);
      const { data } = await client.query({ query: registered });
      expect(data).toMatchObject({ customizedVoiceJobs: { totalCount: 271 } });
      const error = await client
        .query({ query: QUERY, variables: { first: 1 } })
        .catch((reason: unknown) => reason);
      expect(CombinedGraphQLErrors.is(error)).toBe(true);
      expect(String(error)).toContain('Only trusted documents are accepted');
      await expect.poll(() => requestsOf(gateway)).toEqual([`${method} 200`, `${method} 400`]);
    },
  );
});
