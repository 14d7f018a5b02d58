import { CombinedError } from '@urql/core';
import { describe, expect, test } from 'vitest';
import {
  OneJobDocument,
  VoiceJobsDocument,
  type VoiceJobsQueryVariables,
} from '../../examples/operations/generated/graphql.ts';
import { startGateway } from '../gateway-under-test.ts';
import { describeWalks, idsOf, scrollToEnd, truth, twoArrive, type Walk } from './expectations.ts';
import { createClient, startScroll } from './urql-scroll.ts';

const walk: Walk = async (url, type, direction, beforePage) => {
  using scroll = await startScroll(createClient(url), type, direction);
  return await scrollToEnd(scroll, direction, beforePage);
};

describe('urql scrolls', () => {
  describeWalks(walk);
});

test('lists of different types stay separate in one cache', async () => {
  await using gateway = await startGateway();
  const client = createClient(`${gateway.origin}/graphql`);
  const types = ['BASIC', 'STANDARD', 'ALL'] as const;
  const lists = await Promise.all(
    types.map(async (type) => {
      using scroll = await startScroll(client, type, 'forwards');
      return await scrollToEnd(scroll, 'forwards');
    }),
  );
  expect(lists).toEqual(types.map((type) => truth(gateway.emulator, type)));
});

test('the cache holds a job once, by its id: fetching it again updates every list without fetching one', async () => {
  await using gateway = await startGateway();
  const { emulator, origin } = gateway;
  const client = createClient(`${origin}/graphql`);
  using basic = await startScroll(client, 'BASIC', 'forwards');
  using all = await startScroll(client, 'ALL', 'forwards');
  const before = [basic.rows(), all.rows()];
  const inBoth = basic.rows().filter(({ jobId }) => idsOf(all.rows()).includes(jobId));
  const jobId = String(inBoth.find(({ status }) => status !== 'FAIL')?.jobId);
  emulator.change(jobId, { Status: 'Fail' });
  emulator.resetCalls();
  await client.query(OneJobDocument, { jobId }, { requestPolicy: 'network-only' });
  const after = before.map((rows) =>
    rows.map((job) => (job.jobId === jobId ? { ...job, status: 'FAIL' } : job)),
  );
  await expect.poll(() => [basic.shown(), all.shown()]).toEqual(after);
  expect(emulator.calls.map(({ action }) => action)).toEqual(['GetCustomizedVoiceJob']);
});

test('fetching a page again by its cursor replaces it, and the list continues', async () => {
  await using gateway = await startGateway();
  const { emulator, origin } = gateway;
  const client = createClient(`${origin}/graphql`);
  const original = truth(emulator, 'BASIC');
  using scroll = await startScroll(client, 'BASIC', 'forwards');
  for (const _ of ['second', 'third', 'fourth', 'fifth']) await scroll.more();
  twoArrive(emulator, 'BASIC');
  const variables = { type: 'BASIC', first: 10, after: scroll.cursors()[19] } as const;
  await client.query(VoiceJobsDocument, variables, { requestPolicy: 'network-only' });
  expect(idsOf(scroll.shown())).toEqual(original.slice(0, 50));
  const ids = await scrollToEnd(scroll, 'forwards', () => twoArrive(emulator, 'BASIC'));
  expect(ids).toEqual(original);
});

test('a list that starts in the middle grows in both directions', async () => {
  await using gateway = await startGateway();
  const { emulator, origin } = gateway;
  const original = truth(emulator, 'BASIC');
  using elsewhere = await startScroll(createClient(`${origin}/graphql`), 'BASIC', 'forwards', 100);
  const client = createClient(`${origin}/graphql`);
  const load = async (page: Pick<VoiceJobsQueryVariables, 'first' | 'after' | 'last' | 'before'>) => {
    twoArrive(emulator, 'BASIC');
    const { data } = await client.query(VoiceJobsDocument, { type: 'BASIC', ...page });
    return data?.customizedVoiceJobs.edges ?? [];
  };
  const middle = await load({ first: 10, after: elsewhere.cursors()[99] });
  await load({ first: 10, after: middle.at(-1)?.cursor });
  const all = await load({ last: 10, before: middle[0]?.cursor });
  expect(all.map(({ node }) => node.jobId)).toEqual(original.slice(90, 120));
});

test('a failed page leaves the list unchanged, has an error code, and can be retried', async () => {
  await using gateway = await startGateway();
  const { emulator, origin } = gateway;
  using scroll = await startScroll(createClient(`${origin}/graphql`), 'BASIC', 'forwards');
  const lift = emulator.fault({ kind: 'error', code: 'ServiceUnavailable', status: 503 });
  const error = await scroll.more().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(CombinedError);
  expect(error).toMatchObject({ graphQLErrors: [{ extensions: { code: 'UPSTREAM_UNAVAILABLE' } }] });
  expect(scroll.rows()).toHaveLength(10);
  lift();
  expect(await scrollToEnd(scroll, 'forwards')).toEqual(truth(emulator, 'BASIC'));
});
