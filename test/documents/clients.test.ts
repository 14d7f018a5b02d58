import { join } from 'node:path';
import { CombinedGraphQLErrors } from '@apollo/client';
import { describe, expect, test } from 'vitest';
import {
  FirstPageDocument,
  OneJobDocument,
  VoiceJobsDocument,
  type VoiceJobsQueryVariables,
} from '../../examples/operations/generated/graphql.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { runScript } from '../parts/script.ts';
import { ask, createApollo, createUrql } from './clients.ts';
import { startTrusting } from './trusted.ts';

/** Requests so far, from the gateway's log. */
const requestsOf = ({ logged }: GatewayUnderTest) =>
  logged.filter(({ msg }) => msg === 'request').map(({ method, status }) => `${method} ${status}`);

const idsOf = (gateway: GatewayUnderTest) => gateway.emulator.list('Basic').map(({ JobId }) => JobId);
const urlOf = ({ origin }: GatewayUnderTest) => `${origin}/graphql`;

/** A gateway whose manifest is older than the client's operations. */
const startBehind = (mode: 'only' | 'allow') =>
  startGateway({ gateway: { trustedDocuments: { mode, documents: new Map() } } });

describe.each([
  ['POST', false],
  ['GET', true],
] as const)('Apollo Client, by %s', (method, useGET) => {
  test('scrolls and reloads a job with trusted documents only, in one request each', async () => {
    await using gateway = await startTrusting('only');
    const client = createApollo(urlOf(gateway), useGET);
    const variables = { type: 'BASIC', first: 10 } as const;
    const list = client.watchQuery({ query: VoiceJobsDocument, variables });
    const watcher = list.subscribe(() => {});
    const merged = () => client.readQuery({ query: VoiceJobsDocument, variables })?.customizedVoiceJobs;
    await expect.poll(() => merged()?.edges.length).toBe(10);
    for (const page of [2, 3]) {
      await list.fetchMore({ variables: { after: merged()?.pageInfo.endCursor } });
      expect(merged()?.edges.map(({ node }) => node.jobId)).toEqual(idsOf(gateway).slice(0, 10 * page));
    }

    const jobId = String(idsOf(gateway)[0]);
    gateway.emulator.change(jobId, { VoiceName: 'renamed' });
    await client.query({ query: OneJobDocument, variables: { jobId }, fetchPolicy: 'network-only' });
    expect(merged()?.edges[0]?.node.voiceName).toBe('renamed');
    watcher.unsubscribe();
    await expect.poll(() => requestsOf(gateway)).toEqual(Array(4).fill(`${method} 200`));
  });

  test('gets one error if an operation is not in the manifest and texts are rejected', async () => {
    await using gateway = await startBehind('only');
    const client = createApollo(urlOf(gateway), useGET);
    const asked = client.query({ query: FirstPageDocument, variables: { first: 1 } });
    const error = await asked.catch((reason: unknown) => reason);
    expect(CombinedGraphQLErrors.is(error)).toBe(true);
    expect(error).toMatchObject({
      errors: [{ extensions: { code: 'BAD_USER_INPUT', argument: 'documentId' } }],
    });
    await expect.poll(() => requestsOf(gateway)).toEqual([`${method} 400`]);
  });

  test('sends the text of an operation that is not in the manifest, if texts are accepted', async () => {
    await using gateway = await startBehind('allow');
    const client = createApollo(urlOf(gateway), useGET);
    for (const first of [1, 2]) {
      const { data } = await client.query({
        query: FirstPageDocument,
        variables: { first },
        fetchPolicy: 'no-cache',
      });
      expect(data?.customizedVoiceJobs.edges).toHaveLength(first);
    }
    const both = [`${method} 400`, 'POST 200'];
    await expect.poll(() => requestsOf(gateway)).toEqual([...both, ...both]);
  });
});

describe.each([
  ['POST', false],
  ['GET', true],
] as const)('urql, by %s', (method, preferGet) => {
  test('reads pages with trusted documents only, in one request each', async () => {
    await using gateway = await startTrusting('only');
    const client = createUrql(urlOf(gateway), preferGet);
    let after: string | null | undefined;
    for (const page of [1, 2, 3]) {
      const variables: VoiceJobsQueryVariables = { type: 'BASIC', first: 10, ...(after && { after }) };
      const { data, error } = await client.query(VoiceJobsDocument, variables);
      expect(error).toBeUndefined();
      expect(data?.customizedVoiceJobs.edges.map(({ node }) => node.jobId)).toEqual(
        idsOf(gateway).slice(0, 10 * page),
      );
      after = data?.customizedVoiceJobs.pageInfo.endCursor;
    }
    await expect.poll(() => requestsOf(gateway)).toEqual(Array(3).fill(`${method} 200`));
  });

  test('gets one error if an operation is not in the manifest', async () => {
    await using gateway = await startBehind('only');
    const { error } = await createUrql(urlOf(gateway), preferGet).query(FirstPageDocument, {
      first: 1,
    });
    expect(error?.graphQLErrors).toMatchObject([
      { extensions: { code: 'BAD_USER_INPUT', argument: 'documentId' } },
    ]);
    await expect.poll(() => requestsOf(gateway)).toEqual([`${method} 400`]);
  });
});

test("fetch reads a page by an operation's id, and gets an error for an unknown one", async () => {
  await using gateway = await startTrusting('only');
  const { customizedVoiceJobs } = await ask(urlOf(gateway), FirstPageDocument, { first: 2 });
  expect(customizedVoiceJobs.edges.map(({ node }) => node.jobId)).toEqual(idsOf(gateway).slice(0, 2));
  await expect(ask(urlOf(gateway), FirstPageDocument, { first: 101 })).rejects.toThrow(/allowed is/);
});

test("curl reads the same page by an operation's id, by POST and GET", async () => {
  await using gateway = await startTrusting('only');
  const { stdout, stderr } = await runScript(join(import.meta.dirname, 'by-id.sh'), {
    cwd: join(import.meta.dirname, '../..'),
    env: { ENDPOINT: urlOf(gateway) },
  });
  expect(stderr).toBe('');
  const [byPost, byGet, ...more] = stdout.trimEnd().split('\n');
  expect(JSON.parse(String(byPost)).data.customizedVoiceJobs.edges).toHaveLength(2);
  expect(byGet).toBe(byPost);
  expect(more).toEqual([]);
  await expect.poll(() => requestsOf(gateway)).toEqual(['POST 200', 'GET 200']);
});
