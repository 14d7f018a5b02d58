import { CombinedGraphQLErrors } from '@apollo/client';
import { describe, expect, test } from 'vitest';
import { OneJobDocument, VoiceJobsDocument } from '../../examples/operations/generated/graphql.ts';
import { startGateway } from '../gateway-under-test.ts';
import { createClient, startScroll } from './apollo-scroll.ts';
import {
  describeWalks,
  describeWalksWithDeletions,
  idsOf,
  scrollToEnd,
  truth,
  twoArrive,
  type Walk,
} from './expectations.ts';

const walk: Walk = async (url, type, direction, beforePage) => {
  using scroll = await startScroll(createClient(url), type, direction);
  return await scrollToEnd(scroll, direction, beforePage);
};

describe('Apollo Client scrolls', () => {
  describeWalks(walk);
  describeWalksWithDeletions(walk);
});

test('lists of different types stay separate in one cache, which holds each job once, by its id', async () => {
  await using gateway = await startGateway();
  const client = createClient(`${gateway.origin}/graphql`);
  const types = ['BASIC', 'STANDARD', 'ALL'] as const;
  const lists = await Promise.all(
    types.map(async (type) => {
      using scroll = await startScroll(client, type, 'forwards');
      await scrollToEnd(scroll, 'forwards');
      return scroll.rows();
    }),
  );
  expect(lists.map(idsOf)).toEqual(types.map((type) => truth(gateway.emulator, type)));
  const keys = Object.keys(client.cache.extract() as object).filter((key) => key !== 'ROOT_QUERY');
  expect(keys).toHaveLength(313);
  expect(new Set(keys)).toEqual(new Set(lists.flat().map(({ id }) => `CustomizedVoiceJob:${id}`)));
});

test('fetching a job again updates its row in the list without fetching the list', async () => {
  await using gateway = await startGateway();
  const { emulator, origin } = gateway;
  const client = createClient(`${origin}/graphql`);
  using scroll = await startScroll(client, 'BASIC', 'forwards');
  await scroll.more();
  const before = scroll.rows();
  const jobId = String(before.find(({ status }) => status === 'SUCCESS')?.jobId);
  emulator.change(jobId, { Status: 'Fail' });
  emulator.resetCalls();
  await client.query({ query: OneJobDocument, variables: { jobId }, fetchPolicy: 'network-only' });
  const after = before.map((job) => (job.jobId === jobId ? { ...job, status: 'FAIL' } : job));
  await expect.poll(() => scroll.shown()).toEqual(after);
  expect(emulator.calls.map(({ action }) => action)).toEqual(['GetCustomizedVoiceJob']);
});

test('fetching a page again by its cursor ends the list there, and the list continues from it', async () => {
  await using gateway = await startGateway();
  const { emulator, origin } = gateway;
  const client = createClient(`${origin}/graphql`);
  const original = truth(emulator, 'BASIC');
  using scroll = await startScroll(client, 'BASIC', 'forwards');
  for (const _ of ['second', 'third', 'fourth', 'fifth']) await scroll.more();
  twoArrive(emulator, 'BASIC');
  const variables = { type: 'BASIC', first: 10, after: scroll.cursors()[19] } as const;
  await client.query({ query: VoiceJobsDocument, variables, fetchPolicy: 'network-only' });
  // relayStylePagination keeps the rows above the page and drops those below it.
  expect(idsOf(scroll.rows())).toEqual(original.slice(0, 30));
  const ids = await scrollToEnd(scroll, 'forwards', () => twoArrive(emulator, 'BASIC'));
  expect(ids).toEqual(original);
});

test('refetching a list starts again at the top, with the jobs that were added', async () => {
  await using gateway = await startGateway();
  const { emulator, origin } = gateway;
  const client = createClient(`${origin}/graphql`);
  using scroll = await startScroll(client, 'BASIC', 'forwards');
  await scroll.more();
  twoArrive(emulator, 'BASIC');
  await client.refetchQueries({ include: [VoiceJobsDocument] });
  expect(idsOf(scroll.rows())).toEqual(truth(emulator, 'BASIC').slice(0, 10));
  expect(await scrollToEnd(scroll, 'forwards')).toEqual(truth(emulator, 'BASIC'));
});

test('a failed page leaves the list unchanged, has an error code, and can be retried', async () => {
  await using gateway = await startGateway();
  const { emulator, origin } = gateway;
  using scroll = await startScroll(createClient(`${origin}/graphql`), 'BASIC', 'forwards');
  const lift = emulator.fault({ kind: 'error', code: 'ServiceUnavailable', status: 503 });
  const error = await scroll.more().catch((reason: unknown) => reason);
  expect(CombinedGraphQLErrors.is(error)).toBe(true);
  expect(error).toMatchObject({ errors: [{ extensions: { code: 'UPSTREAM_UNAVAILABLE' } }] });
  expect(scroll.rows()).toHaveLength(10);
  lift();
  expect(await scrollToEnd(scroll, 'forwards')).toEqual(truth(emulator, 'BASIC'));
});
