import type { OutgoingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { VoiceJob } from '../../src/voice-jobs/job.ts';
import { JOB_LISTS } from '../../src/voice-jobs/job-list.ts';
import { get, isHot, post, type Received, send } from '../answers/asking.ts';
import { VIA_YOGA } from '../answers/ways.ts';
import { startTrusting } from '../documents/trusted.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { open, subscribeTo } from '../live/raw-socket.ts';
import { startFleet } from '../redis/fleet.ts';
import { type RedisServer, startRedis } from '../redis/redis-server.ts';

/** Names that every JavaScript object inherits, so that a look-up in an object would succeed. */
const INHERITED = Object.getOwnPropertyNames(Object.prototype);

/** A name of the same length that no object has, for comparison. */
const strangerTo = (name: string) =>
  name.startsWith('__') ? `__${'q'.repeat(name.length - 4)}__` : `q${'z'.repeat(name.length - 1)}`;

let gateway: GatewayUnderTest;
let trusting: GatewayUnderTest;
let jobId: string;
beforeAll(async () => {
  gateway = await startGateway({ gateway: { introspection: false } });
  trusting = await startTrusting('allow');
  jobId = gateway.emulator.list('Basic')[0]?.JobId ?? '';
});
afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]();
  await trusting?.[Symbol.asyncDispose]();
});
beforeEach(() => {
  gateway.logged.length = 0;
  trusting.logged.length = 0;
});

/** Number of Redis scripts run by the gateways. */
async function scriptCalls({ client }: RedisServer): Promise<number> {
  const stats = await client.info('commandstats');
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1] ?? 0);
}

/** A response with one word replaced by another. */
function seen({ status, headers, text }: Received, name: string) {
  const { date: _, 'x-request-id': __, ...rest } = headers;
  return JSON.parse(JSON.stringify({ status, headers: rest, text }).replaceAll(name, strangerTo(name)));
}

const QUERY = '{ customizedVoiceJobs(first: 1) { totalCount } }';

type Ask = (name: string) => Promise<Received>;

const withHeaders =
  (headers: (name: string) => OutgoingHttpHeaders): Ask =>
  (name) =>
    post(gateway, { query: QUERY }, { headers: headers(name) });

const withBody = (body: (name: string) => unknown): readonly Ask[] =>
  [{}, VIA_YOGA].map((headers) => (name: string) => post(gateway, body(name), { headers }));

/** All places of a request that can contain a name. */
const PLACES: readonly (readonly [title: string, ...asks: Ask[]])[] = [
  ['the Accept header', withHeaders((name) => ({ accept: name }))],
  ['a parameter of the Accept header', withHeaders((name) => ({ accept: `application/json;${name}=1` }))],
  ['the content type', withHeaders((name) => ({ 'content-type': name }))],
  [
    'a parameter of the content type',
    withHeaders((name) => ({ 'content-type': `application/json; ${name}=x` })),
  ],
  ['the content encoding', withHeaders((name) => ({ 'content-encoding': name }))],
  [
    'the accepted encoding',
    (name) => send(gateway, 'GET', '/graphql', { accept: 'text/html', 'accept-encoding': name }),
  ],
  ['the name of a header', withHeaders((name) => ({ [name]: 'x' }))],
  ['the cache control', withHeaders((name) => ({ 'cache-control': name }))],
  ['the origin', withHeaders((name) => ({ origin: name }))],
  ['the trace', withHeaders((name) => ({ traceparent: name, tracestate: `${name}=1` }))],
  [
    'the tag of a cached response',
    (name) => get(gateway, { query: QUERY }, { headers: { 'if-none-match': name } }),
  ],
  ['the path', (name) => send(gateway, 'GET', `/${name}`, {})],
  ['the path of a file', (name) => send(gateway, 'GET', `/graphiql/${name}`, {})],
  ['a parameter of the URL', (name) => send(gateway, 'GET', `/graphql?query={__typename}&${name}=1`, {})],
  ['a parameter of the body', ...withBody((name) => JSON.parse(`{"query":"{ __typename }","${name}":1}`))],
  [
    'an extension',
    ...withBody((name) => JSON.parse(`{"query":"{ __typename }","extensions":{"${name}":{"${name}":1}}}`)),
  ],
  [
    'the name of an operation',
    ...withBody((name) => ({ query: `query ${name} ${QUERY}`, operationName: name })),
  ],
  ['the name of no operation', ...withBody((name) => ({ query: QUERY, operationName: name }))],
  ['an alias', ...withBody((name) => ({ query: `{ ${name}: node(id: "x") { ${name}: id } }` }))],
  ['a field', ...withBody((name) => ({ query: `{ ${name} customizedVoiceJobs { ${name} } }` }))],
  ['an argument', ...withBody((name) => ({ query: `{ customizedVoiceJobs(${name}: 1) { totalCount } }` }))],
  [
    'a type',
    ...withBody((name) => ({ query: `query ($a: ${name}) { node(id: "x") { ... on ${name} { id } } }` })),
  ],
  [
    'a fragment',
    ...withBody((name) => ({ query: `{ ...${name} } fragment ${name} on Query { __typename }` })),
  ],
  ['a directive', ...withBody((name) => ({ query: `{ __typename @${name} }` }))],
  [
    'an enum value',
    ...withBody((name) => ({ query: `{ customizedVoiceJobs(type: ${name}) { totalCount } }` })),
  ],
  [
    'an enum value in a variable',
    ...withBody((name) => ({
      query: 'query ($t: CustomizedVoiceJobTypeFilter!) { customizedVoiceJobs(type: $t) { totalCount } }',
      variables: { t: name },
    })),
  ],
  [
    'a variable that is given',
    ...withBody((name) => ({
      query: `query ($${name}: Int) { customizedVoiceJobs(first: $${name}) { totalCount } }`,
      variables: JSON.parse(`{"${name}":1}`),
    })),
  ],
  [
    'a variable that is not given',
    ...withBody((name) => ({
      query: `query ($${name}: Int) { customizedVoiceJobs(first: $${name}) { totalCount } }`,
    })),
  ],
  [
    'a variable in a list that is not given',
    ...withBody((name) => ({ query: `query ($${name}: ID = "x") { nodes(ids: [$${name}]) { id } }` })),
  ],
  [
    'a job id',
    ...withBody((name) => ({
      query: `{ customizedVoiceJob(jobId: "${name}") { id } node(id: "${name}") { id } }`,
    })),
  ],
  [
    'a cursor',
    ...withBody((name) => ({ query: `{ customizedVoiceJobs(after: "${name}") { totalCount } }` })),
  ],
  [
    'a type of an entity',
    (name) =>
      post(
        gateway,
        { query: `{ _entities(representations: [{ __typename: "${name}", jobId: "x" }]) { __typename } }` },
        { path: '/subgraph' },
      ),
  ],
  ['the id of a trusted document', (name) => post(trusting, { documentId: name })],
  [
    'the hash of a trusted document',
    (name) => post(trusting, { extensions: { persistedQuery: { version: 1, sha256Hash: name } } }),
  ],
  ['the id of a trusted document in a URL', (name) => get(trusting, { documentId: name })],
];

describe('names that every object inherits have no meaning', () => {
  test.each(PLACES.map(([title, ...asks]) => [title, asks] as const))('as %s', async (_, asks) => {
    for (const name of INHERITED) {
      for (const ask of asks) {
        // Three times: executed, compiled, and possibly cached.
        for (let run = 0; run < 3; run++) {
          const stranger = seen(await ask(strangerTo(name)), strangerTo(name));
          expect(seen(await ask(name), name)).toEqual(stranger);
        }
      }
    }
    for (const { logged } of [gateway, trusting])
      expect(logged.filter(({ err }) => err !== undefined)).toEqual([]);
  });

  test('as Accept header: they do not replace the cached response', async () => {
    await using caching = await startGateway({ gateway: { cache: { ttlMs: 60_000, staleIfErrorMs: 0 } } });
    const ask = (accept: string) => post(caching, { query: QUERY }, { headers: { accept } });
    await ask('application/json');
    for (const name of INHERITED) {
      const { status, headers, text } = await ask(name);
      expect([status, headers['content-type']]).toEqual([406, 'application/json; charset=utf-8']);
      expect(text).not.toContain('function');
      expect(await isHot(caching, () => ask('application/json'))).toBe(true);
    }
  });

  test('as error code of the upstream: an unknown code', async () => {
    for (const name of INHERITED) {
      const codes = [];
      for (const code of [name, strangerTo(name)]) {
        const lift = gateway.emulator.fault({ kind: 'error', code, status: 400 });
        codes.push(
          (await gateway.ask('{ customizedVoiceJobs { totalCount } }')).errors?.map(
            ({ extensions }) => extensions.code,
          ),
        );
        lift();
      }
      expect(codes).toEqual([['UPSTREAM_BAD_RESPONSE'], ['UPSTREAM_BAD_RESPONSE']]);
    }
  });

  test('as values of the upstream: null in enum fields, strings elsewhere', async () => {
    for (const name of INHERITED) {
      gateway.emulator.rewritePage(({ rows, ...page }) => ({
        ...page,
        rows: rows.map((row) => ({
          ...row,
          Status: name,
          Gender: name,
          Scenario: name,
          Type: name,
          CreateTime: name,
          VoiceName: name,
        })),
      }));
      const { data, errors } = await gateway.ask(
        '{ customizedVoiceJobs(first: 1) { nodes { status gender scenario type createTime voiceName } } }',
      );
      expect(errors).toBeUndefined();
      expect(data.customizedVoiceJobs.nodes).toEqual([
        { status: null, gender: null, scenario: null, type: null, createTime: null, voiceName: name },
      ]);
    }
    gateway.emulator.rewritePage(null);
  });

  test('as type of a WebSocket message: the connection is closed as for any unknown type', async () => {
    for (const name of INHERITED) {
      const closes = [];
      for (const type of [name, strangerTo(name)]) {
        const socket = await open(gateway.origin);
        socket.say({ type: 'connection_init' });
        socket.say({ type });
        closes.push(await socket.closed);
      }
      expect(closes[0]).toEqual(closes[1]);
    }
    expect(gateway.logged.filter(({ err }) => err !== undefined)).toEqual([]);
  });

  test('as subscription id or connection parameter: like any other', async () => {
    const socket = await open(gateway.origin);
    onTestFinished(() => socket.socket.terminate());
    socket.say(`{"type":"connection_init","payload":{${INHERITED.map((name) => `"${name}":"x"`).join()}}}`);
    await expect.poll(() => socket.received).toHaveLength(1);
    for (const name of INHERITED) socket.say(subscribeTo(jobId, name));
    await expect
      .poll(() =>
        socket.received
          .filter(({ type }) => type === 'next')
          .map(({ id }) => id)
          .sort(),
      )
      .toEqual([...INHERITED].sort());
  });

  test('as values of another replica in Redis: neither states nor codes', async () => {
    const job = new VoiceJob({
      jobId: 'a',
      voiceId: null,
      rawStatus: 'Success',
      message: null,
      voiceName: null,
      voiceDesc: null,
      rawType: 'Basic',
      gender: null,
      scenario: null,
      createTime: null,
      gmtCreate: null,
    });
    expect(JOB_LISTS.codec.decodeRow(JOB_LISTS.codec.encodeRow(job))?.row).toEqual(job);
    await using redis = await startRedis();
    await using fleet = await startFleet(2, redis.url, { gateway: { deadlineMs: 20_000 } });
    const [reader, waiter = reader] = fleet.replicas;
    const lift = fleet.emulator.fault({ kind: 'hang' });
    const read = (replica: GatewayUnderTest) =>
      INHERITED.map((name) => replica.ask(`{ customizedVoiceJob(jobId: "${name}") { jobId } }`));
    // These never end: the connections are closed with the replicas.
    for (const reading of read(reader)) reading.catch(() => {});
    // Read once, because on a stalled machine they may expire later.
    let claims: string[] = [];
    const countClaims = async () => {
      claims = await redis.client.keys('*:claim');
      return claims.length;
    };
    await expect.poll(countClaims).toBe(INHERITED.length);
    lift();
    const before = await scriptCalls(redis);
    let isAnswered = false;
    const answers = Promise.all(read(waiter)).finally(() => {
      isAnswered = true;
    });
    // By then, each of them waits for the first replica.
    await expect.poll(() => scriptCalls(redis)).toBeGreaterThan(before + 2 * INHERITED.length);
    while (!isAnswered) {
      const [seconds = 0, microseconds = 0] = (await redis.client.time()).map(Number);
      const stamp = String(seconds * 1000 + Math.floor(microseconds / 1000)).padStart(13, '0');
      for (const [index, claim] of claims.entries()) {
        const failure = { code: INHERITED[index], retryAfterMs: INHERITED[index], upstreamRequestId: {} };
        await redis.client.set(claim, `${stamp}!${JSON.stringify(failure)}`);
      }
      await sleep(20);
    }
    // An empty failure is ignored: the replica reads from the upstream itself.
    for (const answer of await answers) expect(answer).toEqual({ data: { customizedVoiceJob: null } });
    expect(waiter.logged.filter(({ err }) => err !== undefined)).toEqual([]);
  });
});
