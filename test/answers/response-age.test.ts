import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { answersOf, get, isHot, post } from './asking.ts';

const TTL_MS = 1500;
const start = (ttlMs = TTL_MS, staleIfErrorMs = 0) =>
  startGateway({ gateway: { cache: { ttlMs, staleIfErrorMs } } });

const first = (rows: number) => ({ query: `{ customizedVoiceJobs(first: ${rows}) { nodes { jobId } } }` });

const jobIds = (text: string): string[] =>
  JSON.parse(text).data.customizedVoiceJobs.nodes.map(({ jobId }: { jobId: string }) => jobId);

const truth = ({ emulator }: GatewayUnderTest, rows: number) =>
  emulator
    .list('Basic')
    .slice(0, rows)
    .map(({ JobId }) => JobId);

const pagesRead = ({ emulator }: GatewayUnderTest) => emulator.calls.length;

/**
 * Sends requests until the response shows the current list. A request at or after `oldAt`, in milliseconds of
 * `performance.now()`, must show it at once.
 */
async function askUntilNew(gateway: GatewayUnderTest, rows: number, oldAt: number): Promise<void> {
  for (;;) {
    const askedAt = performance.now();
    const answer = jobIds((await post(gateway, first(rows))).text);
    if (JSON.stringify(answer) === JSON.stringify(truth(gateway, rows))) return;
    expect(askedAt).toBeLessThan(oldAt);
    await sleep(15);
  }
}

test('after the TTL a response is executed again and shows changes of the list', async () => {
  await using gateway = await start(300);
  const before = (await post(gateway, first(5))).text;
  const oldAt = performance.now() + 300;
  gateway.emulator.insert('Basic');
  expect(jobIds(before)).not.toEqual(truth(gateway, 5));
  await askUntilNew(gateway, 5, oldAt);
  expect(pagesRead(gateway)).toBe(2);
});

test('a cached response expires with its page, even if it was executed long after the page was read', async () => {
  await using gateway = await start();
  const startedAt = performance.now();
  await post(gateway, first(5));
  const oldAt = performance.now() + TTL_MS;
  gateway.emulator.insertMany('Basic', 2);
  await sleep(TTL_MS / 2);

  const late = await post(gateway, first(6));
  const wasKept = await isHot(gateway, () => post(gateway, first(6)));
  // Unless a slow machine let the page expire.
  if (performance.now() < startedAt + TTL_MS) {
    expect(jobIds(late.text)).not.toEqual(truth(gateway, 6));
    expect(wasKept).toBe(true);
    expect(pagesRead(gateway)).toBe(1);
  }
  await askUntilNew(gateway, 6, oldAt);
  expect(pagesRead(gateway)).toBe(2);
});

test('a response made from pages of different ages is as old as the oldest page', async () => {
  await using gateway = await start();
  const both = {
    query:
      '{ customizedVoiceJobs(first: 4) { nodes { jobId } } customizedVoiceJob(jobId: "unheard-of") { id } s: customizedVoiceJobs(type: STANDARD) { totalCount } }',
  };
  await post(gateway, first(5));
  const oldAt = performance.now() + TTL_MS;
  gateway.emulator.insert('Basic');
  await sleep(TTL_MS / 2);
  for (;;) {
    const askedAt = performance.now();
    if (jobIds((await post(gateway, both)).text)[0] === truth(gateway, 1)[0]) break;
    expect(askedAt).toBeLessThan(oldAt);
    await sleep(15);
  }
});

test('a total from a cached page is as old as that page', async () => {
  await using gateway = await start();
  const total = { query: '{ customizedVoiceJobs { totalCount } }' };
  await post(gateway, first(5));
  const oldAt = performance.now() + TTL_MS;
  gateway.emulator.insert('Basic');
  await sleep(TTL_MS / 2);
  for (;;) {
    const askedAt = performance.now();
    if (JSON.parse((await post(gateway, total)).text).data.customizedVoiceJobs.totalCount === 272) break;
    expect(askedAt).toBeLessThan(oldAt);
    await sleep(15);
  }
});

test('a job from a cached page is as old as that page', async () => {
  await using gateway = await start();
  const jobId = truth(gateway, 1)[0] ?? '';
  const job = { query: `{ customizedVoiceJob(jobId: "${jobId}") { voiceName } }` };
  await post(gateway, first(5));
  const oldAt = performance.now() + TTL_MS;
  gateway.emulator.change(jobId, { VoiceName: 'changed' });
  await sleep(TTL_MS / 2);
  for (;;) {
    const askedAt = performance.now();
    if (JSON.parse((await post(gateway, job)).text).data.customizedVoiceJob.voiceName === 'changed') break;
    expect(askedAt).toBeLessThan(oldAt);
    await sleep(15);
  }
});

test('a stale response during an upstream failure is served and not cached', async () => {
  await using gateway = await start(200, 3_600_000);
  const { text } = await post(gateway, first(5));
  await sleep(250);
  gateway.emulator.fault({ kind: 'html' });
  const { cached } = await answersOf(gateway);
  for (let asked = 0; asked < 4; asked++) expect((await post(gateway, first(5))).text).toBe(text);
  expect((await get(gateway, first(5))).headers['cache-control']).toBe('private, max-age=0');
  expect(await answersOf(gateway)).toMatchObject({ cached });
  gateway.emulator.clearFaults();
  gateway.emulator.insert('Basic');
  await expect.poll(async () => jobIds((await post(gateway, first(5))).text)).toEqual(truth(gateway, 5));
});
