import { describe, expect, onTestFinished, test } from 'vitest';
import { startGateway } from '../gateway-under-test.ts';
import { fc, runs } from '../runs.ts';
import { hasRedis } from './fleet.ts';
import { bulk, type Reply, startRespServer } from './resp-server.ts';

const LIST = '{ customizedVoiceJobs(first: 3) { totalCount nodes { jobId } } }';
const JOB = 'query ($jobId: ID!) { customizedVoiceJob(jobId: $jobId) { jobId } }';

/** Replies that a script could return, including valid replies of other scripts. */
const scalar: fc.Arbitrary<Reply> = fc.oneof(
  fc.constantFrom('_\r\n', '$-1\r\n', '#t\r\n', ',nan\r\n', ',inf\r\n', ',1e-6\r\n', '+OK\r\n', '*0\r\n'),
  fc.maxSafeInteger().map((number) => `:${number}\r\n`),
  fc.constantFrom('nan', '-nan', 'inf', '0.000001', '-1', '1e999', '', '0x10').map(bulk),
  fc.constantFrom('value', 'leased', 'acquired', 'failed', 'nothing', 'late').map(bulk),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => bulk(Buffer.from(bytes))),
  fc.json().map(bulk),
);
const reply: fc.Arbitrary<Reply> = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 6 }).map((items) => `*${items.length}\r\n${items.join('')}`),
  // The right shape with wrong numbers.
  fc
    .tuple(
      fc.constantFrom('value', 'failed', 'leased', 'acquired'),
      fc.oneof(fc.maxSafeInteger(), fc.constant(Date.now())),
      fc.uint8Array({ maxLength: 60 }),
    )
    .map(([kind, time, bytes]) => `*3\r\n${bulk(kind)}:${time}\r\n${bulk(Buffer.from(bytes))}`),
  fc
    .tuple(
      fc.integer({ min: -1, max: 2 }),
      fc.maxSafeInteger(),
      fc.maxSafeInteger(),
      fc.constantFrom('nan', '0.000001', '-5', 'inf', '1e300', '20'),
      fc.maxSafeInteger(),
    )
    .map(
      ([isGiven, waitMs, epoch, rate, taken]) =>
        `*5\r\n:${isGiven}\r\n:${waitMs}\r\n:${epoch}\r\n${bulk(rate)}:${taken}\r\n`,
    ),
);

describe('arbitrary replies of Redis scripts', () => {
  test('do not affect responses: every request is answered from the upstream', async () => {
    await using redis = await startRespServer();
    await using gateway = await startGateway({
      gateway: {
        redisUrl: redis.url,
        cache: { ttlMs: 1, staleIfErrorMs: 0 },
        maxRequestsPerSecond: 1000,
        deadlineMs: 400,
      },
    });
    await hasRedis(gateway);
    const [first] = gateway.emulator.list('Basic');
    const rate = async () =>
      (await (await fetch(`${gateway.origin}/ready`)).json()).upstream.requestsPerSecond;
    onTestFinished(() => {
      redis.script = () => '_\r\n';
    });
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(reply), async (replies) => {
        redis.script = () => replies.next().value as Reply;
        const answers = await Promise.all([gateway.ask(LIST), gateway.ask(JOB, { jobId: first?.JobId })]);
        // A reply may claim that another replica failed, or that it reads and never ends.
        for (const { errors } of answers)
          for (const { extensions } of errors ?? [])
            expect(extensions.code).toMatch(/^UPSTREAM_(THROTTLED|TIMEOUT|UNAVAILABLE)$/);
      }),
      { numRuns: runs(150) },
    );
    // Redis recovers: it reports one replica, whose heartbeat comes every two seconds, and stores nothing.
    redis.script = ([key]) => (key?.endsWith(':replicas') ? ':1\r\n' : '_\r\n');
    await expect
      .poll(async () => (await gateway.ask(LIST)).data?.customizedVoiceJobs.nodes.length, { timeout: 20_000 })
      .toBe(3);
    expect(await rate()).toBeGreaterThanOrEqual(1);
    expect(gateway.logged.filter(({ level }) => Number(level) >= 50)).toEqual([]);
  });

  test.each<[what: string, reply: Reply]>([
    ['null', '_\r\n'],
    ['a number', ':1\r\n'],
    ['too few numbers', '*2\r\n:1\r\n:60000\r\n'],
    ['a string for the count', `*3\r\n${bulk('x')}:60000\r\n:0\r\n`],
    ['a count below the requests that were made', '*3\r\n:0\r\n:60000\r\n:0\r\n'],
    ['a window of centuries', '*3\r\n:10\r\n:9007199254740991\r\n:0\r\n'],
    ['a window that has ended', '*3\r\n:10\r\n:-1\r\n:0\r\n'],
    ['an unknown flag', '*3\r\n:1\r\n:60000\r\n:2\r\n'],
  ])('the rate limiter counts in memory while Redis replies with %s', async (_, wrong) => {
    await using redis = await startRespServer();
    await using gateway = await startGateway({
      gateway: { redisUrl: redis.url, limits: { requestsPerMinute: 2 } },
    });
    await hasRedis(gateway);
    redis.script = ([key]) => (key?.includes('client:') ? wrong : '_\r\n');
    const codes: unknown[] = [];
    for (let count = 0; count < 4; count++) {
      const { errors } = await gateway.ask('{ __typename }');
      codes.push(errors?.[0]?.extensions.code);
    }
    expect(codes).toEqual([undefined, undefined, 'RATE_LIMITED', 'RATE_LIMITED']);
  });
});
