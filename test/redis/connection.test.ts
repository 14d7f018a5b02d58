import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { scriptOf } from '../../src/redis/lua-scripts.ts';
import { DEADLINE_MS } from '../../src/redis/redis-connection.ts';
import { timed, undisturbed } from '../faults/standstill.ts';
import { freePort } from '../free-port.ts';
import { connectTo, isUp } from './connect.ts';
import { startRedis, startRedisOn } from './redis-server.ts';

/** Delay that a slow machine may add to 50 ms. */
const SLACK_MS = 100;

describe('a Redis that is up', () => {
  test('answers commands and scripts, and null for a missing key', async () => {
    await using server = await startRedis();
    using connected = connectTo(`${server.url}/3`);
    await isUp(connected);
    const { redis } = connected;
    const script = scriptOf(`return {KEYS[1], ARGV[1] + 1, false}`);
    expect(await redis.command('set', 'key', 'välue')).toBe('OK');
    expect(await redis.command('get', 'key')).toBe('välue');
    expect(await redis.command('get', 'nothing')).toBeNull();
    // EVALSHA misses the first time (NOSCRIPT).
    expect(await redis.run(script, ['{a}'], [41])).toEqual(['{a}', 42, null]);
    expect(await redis.run(script, ['{a}'], [1])).toEqual(['{a}', 2, null]);
    const bytes = Buffer.from([0, 255, 13, 10]);
    expect(await redis.runForBytes(scriptOf('return ARGV[1]'), [], [bytes])).toEqual(bytes);
    expect(await server.client.info('keyspace')).toContain('db3:keys=1');
  });

  test('that rejects a command yields undefined, stays up, and is logged once per minute and reason', async () => {
    await using server = await startRedis();
    using connected = connectTo(server.url);
    await isUp(connected);
    const { redis, logged } = connected;
    await redis.command('set', 'text', 'a');
    expect(await Promise.all([redis.command('incr', 'text'), redis.command('incr', 'text')])).toEqual([
      undefined,
      undefined,
    ]);
    expect(redis.state).toBe('up');
    expect(redis.counts).toMatchObject({ error: 2, lost: 0, skipped: 0 });
    expect(logged.map(({ msg }) => msg)).toEqual([
      'Redis is up',
      'Redis rejected a command, continuing without it',
    ]);
  });
});

describe('a Redis on which a script fails', () => {
  test('is marked down, logged with the reason, and probed with exponential backoff', () =>
    undisturbed(async () => {
      await using server = await startRedis();
      using connected = connectTo(server.url);
      await isUp(connected);
      const { redis, logged } = connected;
      const broken = scriptOf("return redis.call('GETNOTHING', KEYS[1])");
      expect(await redis.run(broken, ['{a}'], [])).toBeUndefined();
      expect(redis.state).toBe('down');
      expect(redis.counts).toMatchObject({ error: 1 });
      // Further commands are skipped in the meantime, so their callers continue at once.
      expect(await redis.command('get', 'key')).toBeUndefined();
      expect(redis.counts).toMatchObject({ skipped: 1 });
      const reasons = logged.filter(({ msg }) => msg === 'Redis rejected a command, continuing without it');
      expect(reasons.map(({ detail }) => detail)).toEqual([expect.stringContaining('Unknown Redis command')]);

      const pauses: number[] = [];
      for (let times = 0; times < 3; times++) {
        const { wallMs } = await timed(() => isUp(connected));
        pauses.push(wallMs);
        expect(await redis.run(broken, ['{a}'], [])).toBeUndefined();
        expect(redis.state).toBe('down');
      }
      expect(pauses[2]).toBeGreaterThan(1500);
      expect(
        logged.filter(({ msg }) => msg === 'Redis rejected a command, continuing without it'),
      ).toHaveLength(1);
    }));

  test('stays up if a key has another type, because only that key is affected', async () => {
    await using server = await startRedis();
    using connected = connectTo(server.url);
    await isUp(connected);
    await server.client.set('{a}', 'text');
    const script = scriptOf("return redis.call('ZCARD', KEYS[1])");
    expect(await connected.redis.run(script, ['{a}'], [])).toBeUndefined();
    expect(connected.redis.state).toBe('up');
  });

  test('is marked down while it is out of memory', async () => {
    await using server = await startRedis();
    using connected = connectTo(server.url);
    await isUp(connected);
    const { redis } = connected;
    await server.client.config('SET', 'maxmemory', '1');
    expect(await redis.run(scriptOf("return redis.call('SET', KEYS[1], '1')"), ['{a}'], [])).toBeUndefined();
    expect(redis.state).toBe('down');
    await server.client.config('SET', 'maxmemory', '0');
    await isUp(connected);
    expect(await redis.command('ping')).toBe('PONG');
    expect(await server.client.keys('*')).toEqual([]);
  });
});

describe('a Redis that is down', () => {
  test('at startup delays nothing, is logged once, and is used as soon as it is up', async () => {
    const port = await freePort();
    using connected = connectTo(`redis://127.0.0.1:${port}`, DEADLINE_MS);
    const { redis, logged } = connected;
    const { value: reply, runningMs } = await timed(() => redis.command('get', 'key'));
    expect(reply).toBeUndefined();
    expect(runningMs).toBeLessThan(SLACK_MS);
    await expect.poll(() => logged.length).toBe(1);
    await sleep(1200);
    expect(logged.map(({ msg }) => msg)).toEqual(['Redis is unavailable, continuing without it']);
    await using _server = await startRedisOn(port, []);
    const { runningMs: backMs } = await timed(() => isUp(connected));
    expect(backMs).toBeLessThan(2000);
    expect(await redis.command('ping')).toBe('PONG');
  });

  test('because it was killed fails pending commands, and is used again within 2 s of its restart', async () => {
    await using server = await startRedis();
    using connected = connectTo(server.url);
    await isUp(connected);
    const { redis, logged } = connected;
    const slow = redis.run(scriptOf('for i = 1, 1e12 do end'), [], []);
    await server.kill();
    expect(await slow).toBeUndefined();
    expect(redis.state).toBe('down');
    expect(await redis.command('ping')).toBeUndefined();
    await sleep(1500);
    await server.start();
    const { runningMs: backMs } = await timed(() => isUp(connected));
    expect(backMs).toBeLessThan(2000);
    expect(await redis.command('ping')).toBe('PONG');
    expect(logged.map(({ msg }) => msg)).toEqual([
      'Redis is up',
      'Redis is unavailable, continuing without it',
      'Redis is up',
    ]);
  });

  test('because it hangs costs pending commands 50 ms and later commands nothing', () =>
    undisturbed(async () => {
      await using server = await startRedis();
      using connected = connectTo(server.url, DEADLINE_MS);
      await isUp(connected);
      const { redis } = connected;
      server.pause();
      const {
        value: replies,
        runningMs,
        wallMs,
      } = await timed(() => Promise.all(Array.from({ length: 100 }, () => redis.command('get', 'key'))));
      expect(new Set(replies)).toEqual(new Set([undefined]));
      expect(wallMs).toBeGreaterThan(DEADLINE_MS - 2);
      expect(runningMs).toBeLessThan(DEADLINE_MS + SLACK_MS);
      expect(redis.counts).toMatchObject({ lost: 100, skipped: 0 });
      // Longer than the pause, so that a self-test ran.
      const until = performance.now() + 1600;
      let longestMs = 0;
      while (performance.now() < until) {
        const { value: reply, runningMs } = await timed(() => redis.command('get', 'key'));
        expect(reply).toBeUndefined();
        longestMs = Math.max(longestMs, runningMs);
        await sleep(10);
      }
      expect(longestMs).toBeLessThan(DEADLINE_MS);
      server.resume();
      const { runningMs: backMs } = await timed(() => isUp(connected));
      expect(backMs).toBeLessThan(2000);
    }));

  test('is not assumed because this process was busy', async () => {
    await using server = await startRedis();
    using connected = connectTo(server.url, DEADLINE_MS);
    await isUp(connected);
    const reply = connected.redis.command('ping');
    // Lets the command be sent.
    await new Promise(setImmediate);
    const until = performance.now() + 3 * DEADLINE_MS;
    while (performance.now() < until);
    expect(await reply).toBe('PONG');
    expect(connected.redis.state).toBe('up');
  });
});

test('close() ends pending commands, and later commands yield undefined', async () => {
  await using server = await startRedis();
  const { redis } = connectTo(server.url);
  await expect.poll(() => redis.state).toBe('up');
  server.pause();
  const reply = redis.command('ping');
  redis.close();
  expect(await reply).toBeUndefined();
  expect(await redis.command('ping')).toBeUndefined();
  server.resume();
});

describe('publish and subscribe', () => {
  test('delivers messages in order to all subscribers of the channel, until they unsubscribe', async () => {
    await using server = await startRedis();
    using one = connectTo(server.url);
    using two = connectTo(server.url);
    await isUp(one);
    const heard: [string, string | undefined][] = [];
    const end = two.redis.subscribe('a', (message) => heard.push(['first', message]));
    two.redis.subscribe('b', (message) => heard.push(['other', message]));
    await expect
      .poll(() => heard)
      .toEqual([
        ['first', undefined],
        ['other', undefined],
      ]);
    two.redis.subscribe('a', (message) => heard.push(['second', message]));
    await expect.poll(() => heard.at(-1)).toEqual(['second', undefined]);
    heard.length = 0;
    expect(await one.redis.publish('a', '1')).toBe(true);
    expect(await one.redis.publish('a', '2')).toBe(true);
    await expect
      .poll(() => heard)
      .toEqual([
        ['first', '1'],
        ['second', '1'],
        ['first', '2'],
        ['second', '2'],
      ]);
    end();
    await one.redis.publish('a', '3');
    await one.redis.publish('b', '4');
    await expect
      .poll(() => heard.slice(4))
      .toEqual([
        ['second', '3'],
        ['other', '4'],
      ]);
  });

  test('resumes after an outage, and signals that messages may be lost', async () => {
    await using server = await startRedis();
    using connected = connectTo(server.url);
    await isUp(connected);
    const heard: (string | undefined)[] = [];
    connected.redis.subscribe('a', (message) => heard.push(message));
    await expect.poll(() => heard).toEqual([undefined]);
    await server.kill();
    expect(await connected.redis.publish('a', 'lost')).toBe(false);
    await server.start();
    await expect.poll(() => heard, { timeout: 3000 }).toEqual([undefined, undefined]);
    await isUp(connected);
    await connected.redis.publish('a', 'again');
    await expect.poll(() => heard).toEqual([undefined, undefined, 'again']);
  });
});
