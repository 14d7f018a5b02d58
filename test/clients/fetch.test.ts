import { describe, expect, test } from 'vitest';
import { startGateway } from '../gateway-under-test.ts';
import { describeWalks, describeWalksWithDeletions, PAGE_SIZE, truth, type Walk } from './expectations.ts';
import { voiceJobs } from './fetch-walk.ts';

const walk: Walk = async (url, type, direction, beforePage) => {
  const backwards = direction === 'backwards';
  const ids: string[] = [];
  for await (const { jobId } of voiceJobs(url, type, { backwards, pageSize: PAGE_SIZE })) {
    ids.push(jobId);
    // The generator waits here and requests the next page when it continues.
    if (ids.length % PAGE_SIZE === 0) beforePage(jobId);
  }
  return backwards ? ids.reverse() : ids;
};

describe('plain fetch walks', () => {
  describeWalks(walk);
  describeWalksWithDeletions(walk);
});

async function readAll(...args: Parameters<typeof voiceJobs>): Promise<string[]> {
  const ids: string[] = [];
  for await (const { jobId } of voiceJobs(...args)) ids.push(jobId);
  return ids;
}

test('a walk with the largest pages sends one request per hundred jobs', async () => {
  await using gateway = await startGateway();
  const ids = await readAll(`${gateway.origin}/graphql`, 'BASIC');
  expect(ids).toEqual(truth(gateway.emulator, 'BASIC'));
  expect(gateway.emulator.calls).toHaveLength(3);
});

test('an error ends the walk and has its code', async () => {
  await using gateway = await startGateway();
  const url = `${gateway.origin}/graphql`;
  await expect(readAll(url, 'BASIC', { pageSize: 101 })).rejects.toThrow(/^BAD_USER_INPUT: `first` is 101/);
  gateway.emulator.fault({ kind: 'error', code: 'ServiceUnavailable', status: 503 });
  await expect(readAll(url, 'ALL')).rejects.toThrow(/^UPSTREAM_UNAVAILABLE: /);
});
