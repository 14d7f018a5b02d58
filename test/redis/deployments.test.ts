import { expect, test } from 'vitest';
import { ask, readPage, sent } from '../cache/asking.ts';
import { freePort } from '../free-port.ts';
import { connectTo, isUp } from './connect.ts';
import { type Fleet, hasRedis, startFleet } from './fleet.ts';
import { type RedisServer, startRedis, startRedisOn } from './redis-server.ts';
import { until } from './until.ts';

let rounds = 0;

/** Expects the replicas to share: a page that one read costs the others no call, on whichever node its key is. */
async function expectShared({ replicas, emulator }: Fleet): Promise<void> {
  rounds++;
  const ids = Array.from({ length: 30 }, (_, id) => `unknown-${rounds}-${id}`);
  emulator.resetCalls();
  for (const replica of replicas) {
    for (const id of ids) {
      const { errors } = await ask(replica, `{ customizedVoiceJob(jobId: "${id}") { jobId } }`);
      expect(errors).toBeUndefined();
    }
  }
  expect(sent(replicas[0])).toEqual(ids);
}

test('replicas share over a Redis with user and password', async () => {
  await using redis = await startRedis('user me on >p@ss:w/ord ~* &* +@all');
  await using fleet = await startFleet(2, redis.url.replace('//', '//me:p%40ss%3Aw%2Ford@'));
  await expectShared(fleet);
});

test('a wrong Redis password is logged, and requests are still answered', async () => {
  await using redis = await startRedis('user me on >right ~* &* +@all');
  using connected = connectTo(redis.url.replace('//', '//me:wrong-one@'));
  await until('the log', () => connected.logged.length > 0);
  expect(JSON.stringify(connected.logged)).toContain('WRONGPASS');
  expect(JSON.stringify(connected.logged)).not.toContain('wrong-one');
  expect(await connected.redis.command('ping')).toBeUndefined();
});

test('replicas share over Sentinels, and again after a failover of the master', {
  timeout: 60_000,
}, async () => {
  await using master = await startRedis();
  await using follower = await startRedis(`replicaof 127.0.0.1 ${master.port}`, 'repl-diskless-sync-delay 0');
  await using sentinel = await startRedisOn(
    await freePort(),
    ['--sentinel'],
    `sentinel monitor mymaster 127.0.0.1 ${master.port} 1`,
    'sentinel down-after-milliseconds mymaster 500',
    'sentinel failover-timeout mymaster 2000',
  );
  await until('the follower', async () =>
    (await follower.client.info('replication')).includes('master_link_status:up'),
  );
  await until('the Sentinel', async () => {
    const known = (await sentinel.client.call('sentinel', 'replicas', 'mymaster')) as unknown[];
    return known.length === 1;
  });
  const url = `redis+sentinel://127.0.0.1:${sentinel.port}/mymaster`;
  await using fleet = await startFleet(2, url);
  await expectShared(fleet);
  await master.kill();
  await readPage(fleet.replicas[0], { first: 10 });
  await until('the failover', async () =>
    (await follower.client.info('replication')).includes('role:master'),
  );
  await Promise.all(fleet.replicas.map(hasRedis));
  await expectShared(fleet);
});

test('replicas share over a cluster, and messages reach subscribers on every node', {
  timeout: 60_000,
}, async () => {
  const nodes = await Promise.all(
    [1, 2, 3].map(() => startRedis('cluster-enabled yes', 'cluster-node-timeout 1000')),
  );
  await using _all = {
    [Symbol.asyncDispose]: async () =>
      void (await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()))),
  };
  await form(nodes);
  const url = `redis+cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`;
  await using fleet = await startFleet(3, url);
  await expectShared(fleet);
  const held = await Promise.all(nodes.map(({ client }) => client.dbsize()));
  for (const keys of held) expect(keys).toBeGreaterThan(0);
  using one = connectTo(url);
  using two = connectTo(url.replace(`127.0.0.1:${nodes[0]?.port},`, ''));
  await Promise.all([one, two].map(isUp));
  const heard: (string | undefined)[] = [];
  two.redis.subscribe('news', (message) => heard.push(message));
  await until('the subscription', () => heard.length === 1);
  expect(await one.redis.publish('news', 'hello')).toBe(true);
  await until('the news', () => heard.length === 2);
  expect(heard).toEqual([undefined, 'hello']);
});

/** Forms a cluster of three nodes, each with a third of the slots. */
async function form(nodes: readonly RedisServer[]): Promise<void> {
  const slots = 16_384;
  for (const [index, { client }] of nodes.entries()) {
    const [start, end] = [index, index + 1].map((part) => Math.floor((slots * part) / nodes.length));
    await client.call('cluster', 'addslotsrange', String(start), String(Number(end) - 1));
    // Otherwise two nodes may claim the same epoch and take long to resolve that.
    await client.call('cluster', 'set-config-epoch', String(index + 1));
  }
  // In this order, because a node that knows another one rejects an epoch.
  for (const [index, { client }] of nodes.entries()) {
    const next = nodes[(index + 1) % nodes.length];
    await client.call('cluster', 'meet', '127.0.0.1', String(next?.port));
  }
  await until('the cluster', async () => {
    const infos = await Promise.all(nodes.map(({ client }) => client.cluster('INFO')));
    return infos.every((info) => info.includes('cluster_state:ok') && info.includes('cluster_known_nodes:3'));
  });
}
