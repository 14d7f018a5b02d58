import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Voice } from '../../src/voices/voice.ts';
import { VOICE_LISTS } from '../../src/voices/voice-list.ts';
import { needs } from '../parts/needs.ts';
import { startFleet } from '../redis/fleet.ts';
import { type RedisServer, startRedis } from '../redis/redis-server.ts';
import { fc, runs } from '../runs.ts';
import { metricsOf } from '../telemetry/metrics-of.ts';

needs('redis');

let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis[Symbol.asyncDispose]());
beforeEach(async () => {
  await redis.client.flushall();
});

/** Waits until Redis has this many pages and rows, which are stored after the response. */
const untilShared = (count: number) =>
  expect.poll(async () => (await redis.client.keys('voice-jobs:{*}')).length).toBe(count);

const PAGE =
  '{ customizedVoices(type: ALL, first: 10) { totalCount nodes { id voiceId voiceName gender type } } }';
const VOICE = 'query ($voiceId: ID!) { customizedVoice(voiceId: $voiceId) { voiceId voiceName type } }';

describe('voices that one replica has read cost the others no call:', () => {
  test('a page, beside a job page with the same key', async () => {
    await using fleet = await startFleet(2, redis.url);
    const answers = [];
    for (const replica of fleet.replicas) {
      answers.push(await replica.ask(PAGE));
      await replica.ask('{ customizedVoiceJobs(first: 10) { nodes { jobId } } }');
      await untilShared(3);
    }
    expect(answers[0]?.errors).toBeUndefined();
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[0]?.data.customizedVoices.nodes).toHaveLength(10);
    expect(fleet.emulator.calls.map(({ action, params }) => [action, params.Type])).toEqual([
      ['ListCustomizedVoices', 'Basic'],
      ['ListCustomizedVoices', 'Standard'],
      ['ListCustomizedVoiceJobs', 'Basic'],
    ]);
  });

  test('a voice by its id, a missing voice, and the voices of jobs', async () => {
    // Few enough jobs that each list has one page: Redis's clock, in milliseconds, must show which of several was read later.
    await using fleet = await startFleet(2, redis.url, { emulator: { basicCount: 90 } });
    const [row] = fleet.emulator.voices('Basic');
    fleet.emulator.resetCalls();
    for (const replica of fleet.replicas) {
      const found = await replica.ask(VOICE, { voiceId: row?.VoiceId });
      expect(found.data.customizedVoice).toEqual({
        voiceId: row?.VoiceId,
        voiceName: row?.VoiceName,
        type: null,
      });
      expect((await replica.ask(VOICE, { voiceId: 'unknown' })).data.customizedVoice).toBeNull();
      await untilShared(2);
    }
    expect(fleet.emulator.calls.map(({ params }) => params.VoiceId)).toEqual([row?.VoiceId, 'unknown']);
    fleet.emulator.resetCalls();
    const jobs = '{ customizedVoiceJobs(first: 100) { nodes { voice { voiceId } } } }';
    const answers = [];
    for (const replica of fleet.replicas) {
      answers.push(await replica.ask(jobs));
      await untilShared(5);
    }
    expect(answers[0]?.errors).toBeUndefined();
    expect(answers[1]).toEqual(answers[0]);
    expect(fleet.emulator.calls.map(({ action, params }) => [action, params.Type])).toEqual([
      ['ListCustomizedVoiceJobs', 'Basic'],
      ['ListCustomizedVoices', 'Basic'],
      ['ListCustomizedVoices', 'Standard'],
    ]);
  });
});

test('an unreadable value under the key of a voice is counted, with a metric that starts at 0, and read again', async () => {
  await using fleet = await startFleet(2, redis.url);
  const [one, other] = fleet.replicas;
  const [row] = fleet.emulator.voices('Basic');
  expect((await metricsOf(other?.origin ?? '')).text).toMatch(
    /voicejobs_redis_unreadable_values_total\{kind="voice"\} 0/,
  );
  await one.ask(VOICE, { voiceId: row?.VoiceId });
  const keysOfVoices = () => redis.client.keys('voice-jobs:*voice1:*');
  await expect.poll(async () => (await keysOfVoices()).length).toBe(1);
  const keys = await keysOfVoices();
  const value = await redis.client.getBuffer(keys[0] ?? '');
  await redis.client.set(
    keys[0] ?? '',
    Buffer.concat([value?.subarray(0, 18) ?? Buffer.alloc(0), Buffer.from('x')]),
  );
  const { data } = (await other?.ask(VOICE, { voiceId: row?.VoiceId })) ?? {};
  expect(data.customizedVoice.voiceName).toBe(row?.VoiceName);
  expect(
    (await metricsOf(other?.origin ?? '')).sum('voicejobs_redis_unreadable_values_total', { kind: 'voice' }),
  ).toBe(1);
});

test('a voice survives encoding and decoding, and nothing else decodes to a voice', () => {
  const text = fc.option(fc.string({ unit: 'binary' }));
  const enumOf = <Value>(...values: Value[]) => fc.option(fc.constantFrom(...values));
  const voice = fc
    .record({
      voiceId: fc.string({ minLength: 1 }),
      voiceName: text,
      voiceDesc: text,
      gender: enumOf('female' as const, 'male' as const),
      scenario: enumOf('story' as const, 'interaction' as const, 'navigation' as const),
      type: enumOf('Basic' as const, 'Standard' as const),
      demoAudioMediaId: text,
    })
    .map((fields) => new Voice(fields));
  const { codec } = VOICE_LISTS;
  fc.assert(
    fc.property(voice, (one) => {
      expect(codec.decodeRow(codec.encodeRow(one))).toEqual({ row: one });
    }),
    { numRuns: runs(400) },
  );
  const wrong = {
    ...new Voice({
      voiceId: 'a',
      voiceName: null,
      voiceDesc: null,
      gender: null,
      scenario: null,
      type: null,
      demoAudioMediaId: null,
    }),
  };
  for (const change of [
    { voiceId: '' },
    { voiceId: null },
    { gender: 'neutral' },
    { voiceName: 7 },
    { type: 'Cosy' },
  ]) {
    const bytes = codec.encodeRow({ ...wrong, ...change } as unknown as Voice);
    expect(codec.decodeRow(bytes), JSON.stringify(change)).toBeUndefined();
  }
});
