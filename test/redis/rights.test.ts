import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { ask, sent } from '../cache/asking.ts';
import { freePort } from '../free-port.ts';
import { startGateway } from '../gateway-under-test.ts';
import { follow } from '../live/subscriber-under-test.ts';
import { needs } from '../parts/needs.ts';
import { metricsOf } from '../telemetry/metrics-of.ts';
import { hasRedis, startFleet } from './fleet.ts';
import { type RedisServer, startRedis, startRedisOn } from './redis-server.ts';
import { until } from './until.ts';

needs('redis');

/** The rules of the ACL user in docs/scaling.md, literally. */
const RULES = (() => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/scaling.md'), 'utf8');
  const rules = /```acl\nuser gateway on >[^ ]+ (.+)\n```/.exec(page)?.[1];
  if (rules === undefined) throw new Error('docs/scaling.md has no block ```acl with the user gateway');
  return rules;
})();

/** Channels have rights since Redis 6.2; an older version rejects such rules. */
let hasChannelRights = true;
beforeAll(async () => {
  await using redis = await startRedis();
  hasChannelRights = !(await redis.client.info('server')).includes('redis_version:6.0');
});
const rulesFor = (rules: string) => (hasChannelRights ? rules : rules.replace(/ &\S+/, ''));

const startWithUser = (rules: string) =>
  startRedis(`user gateway on >p4ssword ${rulesFor(rules)}`, rulesFor('user default on nopass ~* &* +@all'));
const urlOf = (redis: RedisServer) => redis.url.replace('//', '//gateway:p4ssword@');

test('the ACL rules of docs/scaling.md suffice for pages, quota, limits and events, and each rule is needed', async () => {
  await using redis = await startWithUser(RULES);
  await redis.client.config('RESETSTAT');
  const options = { limits: { requestsPerMinute: 5 }, maxRequestsPerSecond: 50, livePollMs: 100 };
  await using fleet = await startFleet(2, urlOf(redis), { gateway: options });
  const [one, two] = fleet.replicas;
  if (two === undefined) throw new Error('one replica');
  const page = '{ customizedVoiceJobs(first: 10) { nodes { jobId } } }';
  const asked = await ask(one, page);
  await until('the page', async () => (await redis.client.keys('voice-jobs:*100/1}')).length > 0);
  expect(await ask(two, page)).toEqual(asked);
  expect(sent(one)).toHaveLength(1);

  // A throttling reaches all replicas.
  fleet.emulator.fault({ kind: 'error', code: 'RequestsTooFrequent', status: 403 }, { times: 1 });
  await ask(one, '{ customizedVoiceJob(jobId: "unknown") { jobId } }');
  // The epoch expires after two minutes; the time of the throttling after a second.
  await until('the throttling', async () => {
    const [state] = await redis.client.keys('voice-jobs:{quota:*}:state');
    return state !== undefined && (await redis.client.hget(state, 'epoch')) !== null;
  });

  // One replica reads the change, both deliver it.
  const { JobId } = fleet.emulator.insert('Basic', { Status: 'Training' });
  const followers = [one, two].map(({ origin }) => follow('server-sent events', origin, JobId));
  await expect.poll(() => followers.map(({ statuses }) => statuses.length)).toEqual([1, 1]);
  fleet.emulator.change(JobId, { Status: 'Success' });
  await Promise.all(followers.map(({ ended }) => ended));
  expect(followers.map(({ statuses }) => statuses.at(-1))).toEqual(['SUCCESS', 'SUCCESS']);

  // One replica used three requests of the limit, the other two.
  const statusOf = async ({ origin }: { origin: string }) =>
    (await fetch(`${origin}/graphql?query={__typename}`)).status;
  expect([await statusOf(one), await statusOf(two)]).toEqual([429, 429]);

  for (const { origin, logged } of fleet.replicas) {
    expect(logged.filter(({ msg }) => String(msg).startsWith('Redis rejected'))).toEqual([]);
    expect((await metricsOf(origin)).sum('voicejobs_redis_commands_total', { outcome: 'error' })).toBe(0);
  }
  const keys = await redis.client.keys('*');
  expect(keys.filter((key) => !key.startsWith('voice-jobs:'))).toEqual([]);

  // Redis counts the commands of scripts too. The remaining commands are sent after a subscription ended, on an idle
  // connection, for a numbered database, and to a Redis without HELLO.
  const used = new Set(
    [...(await redis.client.info('commandstats')).matchAll(/^cmdstat_(\w+):/gm)].map(([, name]) => name),
  );
  const allowed = [...RULES.matchAll(/\+(\w+)/g)].map(([, name]) => name);
  const elsewhere = ['unsubscribe', 'ping', 'select', 'auth'];
  expect(allowed.filter((name = '') => !used.has(name) && !elsewhere.includes(name))).toEqual([]);
});

test.each([
  ['keys', '~other:* &voice-jobs:* +@all'],
  ['a command of the scripts', '~voice-jobs:* &voice-jobs:* +@all -zadd'],
  ['scripts', '~voice-jobs:* &voice-jobs:* +@all -evalsha -eval'],
])(
  'Redis counts as down for a user without the right to %s, and the log gives the reason',
  async (_, rules) => {
    await using redis = await startWithUser(rules);
    await using gateway = await startGateway({ gateway: { redisUrl: urlOf(redis) } });
    const NO_RIGHT = /NOPERM|can't run this command/;
    await until('the log', () => gateway.logged.some(({ detail }) => NO_RIGHT.test(String(detail))));
    expect((await metricsOf(gateway.origin)).sum('voicejobs_redis_up')).toBe(0);
    const { errors } = await ask(gateway, '{ customizedVoiceJobs { totalCount } }');
    expect(errors).toBeUndefined();
    expect(JSON.stringify(gateway.logged)).not.toContain('p4ssword');
  },
);

test.each([
  ['a wrong password', 'gateway:another-word@'],
  ['no password', ''],
])('with %s the log reports that Redis rejects the gateway, not that it is unreachable', async (_, user) => {
  await using redis = await startRedis('user gateway on >p4ssword ~* &* +@all', 'user default off');
  const redisUrl = redis.url.replace('//', `//${user}`);
  await using gateway = await startGateway({ gateway: { redisUrl } });
  await until('the log', () =>
    gateway.logged.some(({ msg }) => String(msg).startsWith('Redis is unavailable')),
  );
  expect(gateway.logged.find(({ msg }) => String(msg).startsWith('Redis is unavailable'))).toMatchObject({
    detail: 'Redis rejects required commands',
    err: { message: expect.stringMatching(/^(WRONGPASS|NOAUTH)/) },
  });
  expect(
    (await metricsOf(gateway.origin)).sum('voicejobs_redis_commands_total', { outcome: 'error' }),
  ).toBeGreaterThan(0);
  expect(JSON.stringify(gateway.logged)).not.toContain('another-word');
});

describe('Sentinels with a password of their own', () => {
  const PASSWORD = 'w4tchers-password';
  const byPassword = [`requirepass ${PASSWORD}`];
  const byUser = [`user watcher on >${PASSWORD} ~* &* +@all`, 'user default off'];

  test.for([
    ['are authenticated by it, and Redis by its own', byPassword, { password: PASSWORD }, true],
    [
      'and users are authenticated by both, and Redis by its own',
      byUser,
      { username: 'watcher', password: PASSWORD },
      true,
    ],
    ['count as down without it, and the log contains no password', byPassword, undefined, false],
  ] as const)('%s', { timeout: 60_000 }, async ([, settings, redisSentinel, isUp], { skip }) => {
    // Sentinels have users since Redis 6.2.
    if (settings === byUser && !hasChannelRights) skip('this Redis is older than 6.2');
    await using master = await startRedis(
      rulesFor('user me on >m4sters-password ~* &* +@all'),
      rulesFor('user default on nopass ~* &* +@all'),
    );
    const name = 'mymaster';
    await using sentinel = await startRedisOn(
      await freePort(),
      ['--sentinel'],
      `sentinel monitor ${name} 127.0.0.1 ${master.port} 1`,
      ...settings,
    );
    await using gateway = await startGateway({
      gateway: {
        redisUrl: `redis+sentinel://me:m4sters-password@127.0.0.1:${sentinel.port}/${name}`,
        redisSentinel,
      },
    });
    if (isUp) await hasRedis(gateway);
    else
      await until('the log', () =>
        gateway.logged.some(({ msg }) => String(msg).startsWith('Redis is unavailable')),
      );
    const said = JSON.stringify(gateway.logged);
    expect(said).not.toContain(PASSWORD);
    expect(said).not.toContain('m4sters-password');
  });
});
