import { GraphQLError } from 'graphql';
import { describe, expect, test } from 'vitest';
import type { VoiceJobsQueryVariables } from '../../examples/operations/generated/graphql.ts';
import { startGateway } from '../gateway-under-test.ts';
import { describeWalks, PAGE_SIZE, type Walk } from './expectations.ts';
import { createSdk } from './sdk-client.ts';

type Page = Pick<VoiceJobsQueryVariables, 'first' | 'after' | 'last' | 'before'>;

const walk: Walk = async (url, type, direction, beforePage) => {
  const sdk = createSdk(url);
  const forwards = direction === 'forwards';
  const ids: string[] = [];
  let cursor: string | null = null;
  for (let goesOn = true; goesOn; ) {
    if (cursor !== null) beforePage(ids.at(forwards ? -1 : 0));
    const page: Page = forwards ? { first: PAGE_SIZE, after: cursor } : { last: PAGE_SIZE, before: cursor };
    const { edges, pageInfo } = (await sdk.VoiceJobs({ type, ...page })).customizedVoiceJobs;
    ids.splice(forwards ? ids.length : 0, 0, ...edges.map(({ node }) => node.jobId));
    cursor = forwards ? pageInfo.endCursor : pageInfo.startCursor;
    goesOn = forwards ? pageInfo.hasNextPage : pageInfo.hasPreviousPage;
  }
  return ids;
};

describe('the generated SDK walks', () => {
  describeWalks(walk);
});

test('a GraphQL error is thrown with its code and the argument', async () => {
  await using gateway = await startGateway();
  const error = await createSdk(`${gateway.origin}/graphql`)
    .VoiceJobs({ type: 'BASIC', first: 101 })
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(GraphQLError);
  expect(error).toMatchObject({
    message: expect.stringContaining('allowed is a whole number from 0 to 100'),
    path: ['customizedVoiceJobs'],
    extensions: { code: 'BAD_USER_INPUT', argument: 'first' },
  });
});

test('an upstream error is thrown with its code', async () => {
  await using gateway = await startGateway();
  gateway.emulator.fault({ kind: 'error', code: 'Throttling.User', status: 400 });
  const asked = createSdk(`${gateway.origin}/graphql`).OneJob({ jobId: 'f547f6ebe7de25c0cd0f7e75f0f02b21' });
  await expect(asked).rejects.toMatchObject({ extensions: { code: 'UPSTREAM_THROTTLED' } });
});
