import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  ask,
  HELD_DEADLINE_MS,
  jobIdsOf,
  readPage,
  repeatUntil,
  sent,
  truth,
  untilOlderThan,
  walk,
  whileHeld,
} from '../cache/asking.ts';
import { undisturbed } from '../faults/standstill.ts';
import type { Answer, GatewayUnderTest } from '../gateway-under-test.ts';
import { needs } from '../parts/needs.ts';
import { type Fleet, startFleet } from './fleet.ts';
import { type RedisServer, startRedis } from './redis-server.ts';

needs('redis');

let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
});

afterAll(() => redis[Symbol.asyncDispose]());

beforeEach(async () => {
  await redis.client.flushall();
});

const TOTAL = '{ customizedVoiceJobs { totalCount } }';
const JOB = 'query ($jobId: ID!) { customizedVoiceJob(jobId: $jobId) { jobId status voiceName gmtCreate } }';

/** Sends a query to each replica in turn. */
async function askEach(fleet: Fleet, query: string, variables = {}): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const replica of fleet.replicas) answers.push(await ask(replica, query, variables));
  return answers;
}

/** Concurrent requests to each replica. */
const AT_ONCE = 20;

/** Sends a query to all replicas concurrently, several times each. */
const askAll = (fleet: Fleet, query: string, variables = {}): Promise<Answer[]> =>
  Promise.all(
    fleet.replicas.flatMap((replica) =>
      Array.from({ length: AT_ONCE }, () => ask(replica, query, variables)),
    ),
  );

const codesOf = (answers: readonly Answer[]): Set<unknown> =>
  new Set(answers.map(({ errors }) => errors?.[0]?.extensions.code));

describe('a value that one replica has read costs the others no call:', () => {
  test('a page', async () => {
    await using fleet = await startFleet(3, redis.url);
    for (const replica of fleet.replicas)
      expect(jobIdsOf(await readPage(replica, { first: 10 }))).toEqual(truth(fleet.replicas[0]).slice(0, 10));
    expect(sent(fleet.replicas[0])).toEqual(['Basic page 1 of 100']);
  });

  test('a page with unusable rows, whose places are kept', async () => {
    await using fleet = await startFleet(2, redis.url);
    fleet.emulator.rewritePage(({ rows, ...page }) => ({
      ...page,
      rows: rows.map((row, n) => (n === 2 ? null : row)),
    }));
    const pages = [];
    for (const replica of fleet.replicas) pages.push(await readPage(replica, { first: 5 }));
    expect(pages[1]).toEqual(pages[0]);
    expect(sent(fleet.replicas[0])).toHaveLength(1);
  });

  test('a total, alone or with a page', async () => {
    await using fleet = await startFleet(3, redis.url);
    const [first, ...others] = fleet.replicas;
    const answers = await askEach(fleet, TOTAL);
    expect(answers.map(({ data }) => data.customizedVoiceJobs.totalCount)).toEqual([1000, 1000, 1000]);
    expect(sent(first)).toEqual(['Basic page 1 of 1']);
    await readPage(first, { type: 'STANDARD', first: 1 });
    for (const replica of others)
      expect(
        (await ask(replica, TOTAL.replace('Jobs', 'Jobs(type: STANDARD)'))).data.customizedVoiceJobs
          .totalCount,
      ).toBe(42);
    expect(sent(first)).toEqual(['Basic page 1 of 1', 'Standard page 1 of 100']);
  });

  test('a job by its id, with every field, and an unknown id', async () => {
    await using fleet = await startFleet(3, redis.url);
    const [jobId] = truth(fleet.replicas[0]);
    for (const id of [jobId, 'unknown', `odd}{${'x'.repeat(100)}`]) {
      const [first, ...others] = await askEach(fleet, JOB, { jobId: id });
      expect(first?.errors).toBeUndefined();
      expect(others).toEqual([first, first]);
    }
    expect(sent(fleet.replicas[0])).toHaveLength(3);
  });

  test('an unknown status and type, raw, on a page and by id', async () => {
    await using fleet = await startFleet(2, redis.url);
    const cosy = fleet.emulator.insert('Basic', { Status: 'CosyVoiceTraining', Type: 'CosyVoice' });
    const empty = fleet.emulator.insert('Basic', { Status: '', Type: '' });
    const fields = '{ jobId status rawStatus type rawType }';
    const nothing = { status: null, type: null };
    const shown = [
      { ...nothing, jobId: empty.JobId, rawStatus: '', rawType: '' },
      { ...nothing, jobId: cosy.JobId, rawStatus: 'CosyVoiceTraining', rawType: 'CosyVoice' },
    ];
    for (const { data } of await askEach(fleet, `{ customizedVoiceJobs(first: 2) { nodes ${fields} } }`))
      expect(data.customizedVoiceJobs.nodes).toEqual(shown);
    expect(sent(fleet.replicas[0])).toEqual(['Basic page 1 of 100']);
    const elsewhere = fleet.emulator.insert('Standard', { Status: 'CosyVoiceTraining', Type: 'CosyVoice' });
    const byId = `query ($jobId: ID!) { customizedVoiceJob(jobId: $jobId) ${fields} }`;
    for (const { data } of await askEach(fleet, byId, { jobId: elsewhere.JobId }))
      expect(data.customizedVoiceJob).toEqual({ ...shown[1], jobId: elsewhere.JobId });
    expect(sent(fleet.replicas[0])).toHaveLength(2);
  });

  test.each([7, 10, 100])('a walk whose pages of %i rows are served by different replicas', async (first) => {
    await using fleet = await startFleet(3, redis.url);
    let cursor: string | null = null;
    const seen: string[] = [];
    for (let page = 0; ; page++) {
      const replica = fleet.replicas[page % 3] ?? fleet.replicas[0];
      const { edges, pageInfo } = await readPage(replica, { first, after: cursor });
      seen.push(...edges.map(({ node }) => node.jobId));
      cursor = pageInfo.endCursor;
      if (!pageInfo.hasNextPage) break;
    }
    expect(seen).toEqual(truth(fleet.replicas[0]));
    expect(sent(fleet.replicas[0])).toHaveLength(10);
  });

  test('rows behind page edges, on a second walk whose cursors were made elsewhere', () =>
    undisturbed(async () => {
      await using fleet = await startFleet(3, redis.url);
      for (const turn of [0, 1, 2]) {
        let after: string | null = null;
        for (let page = 0; page < 10; page++) {
          const replica = fleet.replicas[(page + turn) % 3] ?? fleet.replicas[0];
          after = (await readPage(replica, { first: 100, after })).pageInfo.endCursor;
          // A cursor time from Redis is uncertain by the round trip, at most 50 ms each way. Only a page that was read later
          // than that is used without another call.
          await sleep(120);
        }
      }
      expect(sent(fleet.replicas[0])).toHaveLength(10);
    }));
});

describe('replicas that concurrently read the same value', () => {
  /** Three replicas that have loaded and compiled everything, so that nothing takes as long as a lease. */
  async function startWarm(): Promise<Fleet> {
    const fleet = await startFleet(3, redis.url, { gateway: { deadlineMs: HELD_DEADLINE_MS } });
    await askAll(fleet, '{ customizedVoiceJobs(type: STANDARD) { totalCount } }');
    await askAll(fleet, JOB, { jobId: 'another' });
    fleet.emulator.resetCalls();
    return fleet;
  }

  /** Requests the total from all replicas, early enough that all share the first response. */
  const askTotalHeld = (fleet: Fleet, act = () => askAll(fleet, TOTAL)): Promise<Answer[]> =>
    whileHeld(fleet.replicas, AT_ONCE, act);

  test('make one call', () =>
    undisturbed(async () => {
      await using fleet = await startWarm();
      fleet.emulator.setLatencyMs(200);
      const answers = await askAll(fleet, '{ customizedVoiceJobs(first: 10) { nodes { jobId } } }');
      expect(codesOf(answers)).toEqual(new Set([undefined]));
      const unknown = await askAll(fleet, JOB, { jobId: 'unknown' });
      expect(codesOf(unknown)).toEqual(new Set([undefined]));
      expect(sent(fleet.replicas[0])).toEqual(['Basic page 1 of 100', 'unknown']);
    }));

  test('make one call even if it takes longer than the expiry of a lease', () =>
    undisturbed(async () => {
      await using fleet = await startWarm();
      fleet.emulator.setLatencyMs(1200);
      expect(codesOf(await askAll(fleet, TOTAL))).toEqual(new Set([undefined]));
      expect(sent(fleet.replicas[0])).toHaveLength(1);
    }));

  test('share an error, and the next request makes a new call', () =>
    undisturbed(async () => {
      await using fleet = await startWarm();
      fleet.emulator.fault({ kind: 'nullBody' }, { times: 1 });
      expect(codesOf(await askTotalHeld(fleet))).toEqual(new Set(['UPSTREAM_BAD_RESPONSE']));
      expect(sent(fleet.replicas[0])).toHaveLength(1);
      expect(codesOf(await askAll(fleet, TOTAL))).toEqual(new Set([undefined]));
      expect(sent(fleet.replicas[0])).toHaveLength(2);
    }));

  test('do not all fail if one of them is denied: another one retries for all', () =>
    undisturbed(async () => {
      await using fleet = await startWarm();
      fleet.emulator.fault({ kind: 'error', code: 'Forbidden.RAM', status: 403 }, { times: 1 });
      const answers = await askTotalHeld(fleet);
      expect(answers.filter(({ errors }) => errors !== undefined)).toHaveLength(20);
      expect(sent(fleet.replicas[0])).toHaveLength(2);
    }));

  test('do not all fail if one of them gets a truncated response: another one retries for all', () =>
    undisturbed(async () => {
      await using fleet = await startWarm();
      // Every attempt of one read.
      fleet.emulator.fault({ kind: 'resetMidBody' }, { times: 3 });
      const answers = await askTotalHeld(fleet);
      expect(codesOf(answers)).toEqual(new Set([undefined, 'UPSTREAM_BAD_RESPONSE']));
      expect(answers.filter(({ errors }) => errors !== undefined)).toHaveLength(20);
      expect(sent(fleet.replicas[0])).toHaveLength(4);
    }));

  test('make two calls together if all of them are denied', () =>
    undisturbed(async () => {
      await using fleet = await startWarm();
      fleet.emulator.fault({ kind: 'error', code: 'Forbidden.RAM', status: 403 });
      expect(codesOf(await askTotalHeld(fleet))).toEqual(new Set(['UPSTREAM_DENIED']));
      expect(sent(fleet.replicas[0])).toHaveLength(2);
    }));

  test('make two calls together if all are denied and one of them missed the first failure', () =>
    undisturbed(async () => {
      await using fleet = await startWarm();
      fleet.emulator.fault({ kind: 'error', code: 'Forbidden.RAM', status: 403 });
      // Each replica polls at its own times, so that the second attempt hides the first failure from the third replica.
      const askLater = async (replica: GatewayUnderTest, place: number) => {
        await sleep(6 * place);
        return Promise.all(Array.from({ length: AT_ONCE }, () => ask(replica, TOTAL)));
      };
      const oneAfterAnother = () => Promise.all(fleet.replicas.map(askLater));
      const answers = await askTotalHeld(fleet, async () => (await oneAfterAnother()).flat());
      expect(codesOf(answers)).toEqual(new Set(['UPSTREAM_DENIED']));
      expect(sent(fleet.replicas[0])).toHaveLength(2);
    }));

  test('continue if the client of the reading one disconnects', () =>
    undisturbed(async () => {
      await using fleet = await startWarm();
      const [one, two] = fleet.replicas as unknown as [GatewayUnderTest, GatewayUnderTest];
      fleet.emulator.setLatencyMs(300);
      const leaver = new AbortController();
      const left = ask(one, TOTAL, {}, leaver.signal).catch(() => 'left');
      await sleep(100);
      const stayed = ask(two, TOTAL);
      await sleep(100);
      leaver.abort();
      expect(await left).toBe('left');
      expect((await stayed).errors).toBeUndefined();
      expect(sent(one)).toHaveLength(2);
    }));
});

describe('while one replica reads, another one gets', () => {
  const five = (fleet: Fleet) => readPage(fleet.replicas[1] as GatewayUnderTest, { first: 5 });
  test.each<[string, string, (fleet: Fleet) => Promise<unknown>, (fleet: Fleet) => unknown]>([
    [
      'five rows, although the first one reads the total alone',
      TOTAL,
      async (fleet) => jobIdsOf(await five(fleet)),
      (fleet) => truth(fleet.replicas[0]).slice(0, 5),
    ],
    [
      'rows of the other edition',
      '{ customizedVoiceJobs(type: STANDARD, first: 5) { nodes { jobId } } }',
      async (fleet) => jobIdsOf(await five(fleet)),
      (fleet) => truth(fleet.replicas[0]).slice(0, 5),
    ],
    [
      'rows of another page',
      '{ customizedVoiceJobs(last: 5) { nodes { jobId } } }',
      async (fleet) => jobIdsOf(await five(fleet)),
      (fleet) => truth(fleet.replicas[0]).slice(0, 5),
    ],
    [
      'another job',
      '{ customizedVoiceJob(jobId: "held") { jobId } }',
      async (fleet) =>
        (await ask(fleet.replicas[1] as GatewayUnderTest, JOB, { jobId: truth(fleet.replicas[0])[7] })).data
          .customizedVoiceJob.jobId,
      (fleet) => truth(fleet.replicas[0])[7],
    ],
  ])('%s', async (_title, held, read, right) => {
    await using fleet = await startFleet(2, redis.url, { gateway: { deadlineMs: 30_000 } });
    // Another page's total is cached, so that reading the end of the list is one call.
    if (held.includes('last')) await ask(fleet.replicas[0], TOTAL);
    const [first] = fleet.replicas;
    const leaving = new AbortController();
    // Only the next call, which is that of the first replica, hangs.
    fleet.emulator.fault({ kind: 'hang' }, { times: 1 });
    const left = ask(first, held, {}, leaving.signal).catch(() => 'left');
    await expect.poll(() => fleet.emulator.inFlight).toBe(1);
    expect(await read(fleet)).toEqual(right(fleet));
    expect(fleet.emulator.inFlight).toBe(1);
    leaving.abort();
    expect(await left).toBe('left');
  });
});

describe('shared values expire like local ones:', () => {
  const TTL_MS = 600;

  test('counted from the time of the upstream request, however long the response took', () =>
    undisturbed(async () => {
      await using fleet = await startFleet(2, redis.url, {
        gateway: { cache: { ttlMs: TTL_MS, staleIfErrorMs: 0 } },
      });
      const [one, two] = fleet.replicas as unknown as [GatewayUnderTest, GatewayUnderTest];
      const [jobId = ''] = truth(one);
      const state = async () => (await readPage(two, { first: 1 })).edges[0]?.node.status;
      fleet.emulator.setLatencyMs(300);
      const askedAt = performance.now();
      await readPage(one, { first: 1 });
      fleet.emulator.setLatencyMs(0);
      expect(await state()).toBe('INITIALIZATION');
      expect(sent(one)).toHaveLength(1);
      fleet.emulator.change(jobId, { Status: 'Training' });
      await repeatUntil(state, (status) => {
        const isNews = status === 'TRAINING';
        // A value requested before the response arrived may be slightly older than that response.
        if (!isNews) expect(performance.now() - askedAt).toBeLessThan(TTL_MS + 100);
        return isNews;
      });
      expect(sent(one)).toHaveLength(2);
    }));

  test('except that a job with a final status is kept longer on the next replica too', () =>
    undisturbed(async () => {
      await using fleet = await startFleet(2, redis.url, {
        gateway: { cache: { ttlMs: 100, staleIfErrorMs: 0 } },
      });
      const [one, two] = fleet.replicas as unknown as [GatewayUnderTest, GatewayUnderTest];
      const [open = '', done = ''] = truth(one);
      fleet.emulator.change(done, { Status: 'Success' });
      for (const jobId of [open, done]) await ask(one, JOB, { jobId });
      await untilOlderThan(200);
      for (const jobId of [open, done]) await ask(two, JOB, { jobId });
      expect(sent(one)).toEqual([open, done, open]);
    }));
});

test('while the upstream fails a replica serves what another one had read, within staleIfErrorMs', () =>
  undisturbed(async () => {
    const cache = { ttlMs: 100, staleIfErrorMs: 1500 };
    await using fleet = await startFleet(2, redis.url, { gateway: { cache } });
    const [one, two] = fleet.replicas as unknown as [GatewayUnderTest, GatewayUnderTest];
    const [jobId] = truth(one);
    await readPage(one, { first: 10 });
    await ask(one, JOB, { jobId: 'unknown' });
    await untilOlderThan(150);
    fleet.emulator.fault({ kind: 'error', code: 'ServiceUnavailable', status: 503 });
    expect(jobIdsOf(await readPage(two, { first: 10 }))[0]).toBe(jobId);
    expect((await ask(two, TOTAL)).data.customizedVoiceJobs.totalCount).toBe(1000);
    expect((await ask(two, JOB, { jobId: 'unknown' })).errors).toBeUndefined();
    await untilOlderThan(1500);
    expect(codesOf([await ask(two, TOTAL)])).toEqual(new Set(['UPSTREAM_UNAVAILABLE']));
  }));

test('two accounts share nothing, nor do two endpoints', async () => {
  await using fleet = await startFleet(1, redis.url);
  await using other = await startFleet(1, redis.url);
  await readPage(fleet.replicas[0], { first: 10 });
  await readPage(other.replicas[0], { first: 10 });
  expect(sent(other.replicas[0])).toHaveLength(1);
});

test('a value that another version wrote is not read', async () => {
  await using fleet = await startFleet(2, redis.url);
  const [one, two] = fleet.replicas as unknown as [GatewayUnderTest, GatewayUnderTest];
  await readPage(one, { first: 10 });
  // The page is written to Redis while the response is sent.
  const pages = () => redis.client.keys('*Basic/100/1}');
  await expect.poll(async () => (await pages()).length).toBe(1);
  const [key = ''] = await pages();
  const value = await redis.client.getBuffer(key);
  await redis.client.set(
    key,
    Buffer.concat([value?.subarray(0, 18) ?? Buffer.alloc(0), Buffer.from('nonsense')]),
  );
  expect(jobIdsOf(await readPage(two, { first: 10 }))).toHaveLength(10);
  expect(sent(one)).toHaveLength(2);
});

test('no key and no value contains a credential', async () => {
  await using fleet = await startFleet(2, redis.url);
  for (const replica of fleet.replicas) await walk(replica, { first: 100 });
  // The last page is written to Redis while the response is sent.
  const pages = () => redis.client.keys('*Basic/100/*}');
  await expect.poll(async () => (await pages()).length).toBe(10);
  const keys = await redis.client.keys('*');
  for (const secret of [fleet.emulator.accessKeyId, fleet.emulator.accessKeySecret])
    expect(keys.join('\n')).not.toContain(secret);
});
