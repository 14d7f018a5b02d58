import { describe, expect, it } from 'vitest';
import { Quota } from '../../emulator/quota.ts';
import { emulators } from './running.ts';
import { call } from './signed-request.ts';

const start = emulators();
const list = 'ListCustomizedVoiceJobs';

describe('Quota', () => {
  it('admits the configured number of requests per second, and again in the next second', () => {
    const quota = new Quota(2, 'x-acs-retry-after');
    expect([quota.take(5000), quota.take(5400)]).toEqual([null, null]);
    expect(quota.take(5400.5)?.headers).toEqual({ 'x-acs-retry-after': '600' });
    expect(quota.take(5999)?.headers).toEqual({ 'x-acs-retry-after': '1' });
    expect([quota.take(6000), quota.take(6001), quota.take(6002)?.code]).toEqual([
      null,
      null,
      'Throttling.User',
    ]);
  });

  it('never requests a wait of more than a second, despite fractions of the clock', () => {
    for (let nowMs = 0.1; nowMs < 1e6; nowMs *= 1.01)
      expect(new Quota(0, 'x-acs-retry-after').take(nowMs)?.headers).toEqual({ 'x-acs-retry-after': '1000' });
  });

  it('requests the wait in the older headers, or in none', () => {
    const older = new Quota(0, 'x-ratelimit').take(0)?.headers;
    expect(older).toEqual({
      'x-ratelimit-user-api': 'Limit:0,Remain:0,TimeLeft:1000,Reset:1000',
      'x-ratelimit-user': 'Limit:0,Remain:0,TimeLeft:1000,Reset:1000',
    });
    expect(new Quota(0, 'none').take(0)?.headers).toEqual({});
  });
});

it('setQuota throttles the whole account with HTTP 400 until it is lifted', async () => {
  const emulator = await start();
  emulator.setQuota(0);
  const { status, headers, body } = await call(emulator, list);
  expect([status, body.Code]).toEqual([400, 'Throttling.User']);
  expect(Number(headers['x-acs-retry-after'])).toBeGreaterThan(0);
  expect((await call(emulator, 'GetCustomizedVoiceJob', { JobId: 'x' })).body.Code).toBe('Throttling.User');
  emulator.setQuota(null);
  expect((await call(emulator, list)).status).toBe(200);
});

it('setQuota allows a burst up to the quota', async () => {
  const emulator = await start();
  emulator.setQuota(5, { retryHeader: 'none' });
  const replies = await Promise.all(Array.from({ length: 12 }, () => call(emulator, list)));
  const passed = replies.filter((reply) => reply.status === 200).length;
  // A slow machine may spread the burst over two seconds.
  expect(passed).toBeGreaterThanOrEqual(5);
  expect(passed).toBeLessThanOrEqual(10);
  expect(replies.every(({ headers }) => headers['x-acs-retry-after'] === undefined)).toBe(true);
});

it('unauthenticated requests do not use up the quota', async () => {
  const emulator = await start();
  emulator.setQuota(1);
  await call({ ...emulator, accessKeySecret: 'guess' }, list);
  expect((await call(emulator, list)).status).toBe(200);
});
