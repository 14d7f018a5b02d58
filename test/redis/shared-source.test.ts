import { hash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { later, type MonotonicMs, monotonicNow, NEVER } from '../../src/clock.ts';
import { CallCounter } from '../../src/paging/caller.ts';
import type { PageRef } from '../../src/paging/cover.ts';
import { type Anchor, keyOf } from '../../src/paging/cursor.ts';
import { DirectSource } from '../../src/paging/direct-source.ts';
import { type CacheTimes, FINAL_TTL_FACTOR } from '../../src/paging/page-cache.ts';
import { PageCodec, type SharedPage } from '../../src/paging/page-codec.ts';
import type { ListRow } from '../../src/paging/row-range.ts';
import { SharedSource } from '../../src/paging/shared-source.ts';
import { SharedCache } from '../../src/redis/shared-cache.ts';
import { needs } from '../parts/needs.ts';
import { unobserved } from '../unobserved.ts';
import { type Connected, connectTo, isUp } from './connect.ts';
import { type RedisServer, startRedis } from './redis-server.ts';

needs('redis');

type List = 'left' | 'right';

interface Book extends ListRow {
  readonly isLent?: boolean;
}

const HOUR_MS = 3_600_000;
const TIMES: CacheTimes = { ttlMs: HOUR_MS, staleIfErrorMs: HOUR_MS };
const FIRST_PAGE = { pageNo: 1, pageSize: 5 };
const FIRST_ROW = { pageNo: 1, pageSize: 1 };

const codec = new PageCodec<Book>({
  version: 7,
  maxPageSize: 5,
  compact: ({ id, createdSecond, isLent }) => [id, createdSecond, isLent],
  expand: (compact) => {
    if (!Array.isArray(compact) || typeof compact[0] !== 'string') throw new TypeError('no book');
    const [id, createdSecond, isLent] = compact;
    return { id, createdSecond, isLent };
  },
});

const books = (from: number, count: number, shelf: List = 'left'): Book[] =>
  Array.from({ length: count }, (_, n) => ({
    id: `${shelf} ${from + n}`,
    createdSecond: null,
    isLent: true,
  }));

let server: RedisServer;
let connections: readonly [Connected, Connected];
let prefix = '';
/** As `left 1 of 5`, or an id. */
let calls: string[] = [];
let lengths: Record<List, number>;

beforeAll(async () => {
  server = await startRedis();
  connections = [connectTo(server.url), connectTo(server.url)];
  await Promise.all(connections.map(isUp));
});

afterAll(async () => {
  for (const { redis } of connections) redis.close();
  await server[Symbol.asyncDispose]();
});

beforeEach(() => {
  prefix = `${randomUUID()}:`;
  calls = [];
  lengths = { left: 12, right: 3 };
});

const definition = {
  lists: ['left', 'right'] as const,
  maxPageSize: 5,
  rowName: 'book',
  codec,
  isFinal: ({ isLent }: Book) => isLent === false,
  read: async (list: List, { pageNo, pageSize }: PageRef) => {
    calls.push(`${list} ${pageNo} of ${pageSize}`);
    const all = books(0, lengths[list], list);
    return { total: all.length, rows: all.slice((pageNo - 1) * pageSize, pageNo * pageSize) };
  },
  readById: async (id: string) => {
    calls.push(id);
    return { row: id === 'none' ? null : { id, createdSecond: null, isLent: id !== 'returned' } };
  },
};

interface ReplicaOptions {
  readonly times?: CacheTimes;
  readonly account?: () => Promise<string | undefined>;
  readonly rowName?: string;
}

/** One of two replicas, without a cache of its own. */
function replica(
  which: 0 | 1,
  { times = TIMES, account = async () => 'me', rowName = 'book' }: ReplicaOptions = {},
) {
  const direct = new DirectSource<List, Book>({ ...definition, rowName }, unobserved);
  const { redis } = connections[which];
  return new SharedSource(direct, { redis, prefix, account }, times, HOUR_MS);
}

/** The keys of values, without the prefix. */
async function keys(): Promise<string[]> {
  const all = await server.client.keys(`${prefix}*`);
  return all
    .filter((key) => !key.endsWith(':claim'))
    .map((key) => key.slice(prefix.length))
    .sort();
}

/** Waits until this many values were stored, which happens in the background. */
async function untilKept(count: number): Promise<void> {
  await expect.poll(async () => (await keys()).length, { interval: 5 }).toBe(count);
}

/** Stores an invalid value under a key. */
async function write(
  key: string,
  bytes: Buffer,
  { isLongLived = false, sentAt = monotonicNow() } = {},
): Promise<void> {
  const values = new SharedCache(connections[1].redis, prefix);
  const accepted = {
    maxAgeMs: 0,
    longLivedMaxAgeMs: 0,
    since: monotonicNow(),
    failuresSince: monotonicNow(),
  };
  const found = await values.getOrLease(key, accepted);
  if (found?.kind !== 'acquired') throw new Error(`no lease: ${found?.kind}`);
  await found.lease.store({ bytes, sentAt, answeredAt: sentAt, retainMs: 100 * HOUR_MS, isLongLived });
}

const idsOf = (rows: readonly (Book | undefined)[]) => rows.map((row) => row?.id);

describe('a page in SharedSource', () => {
  test('that one replica has read costs the others no call, and has the same age there', async () => {
    const calledAt = monotonicNow();
    const read = await replica(0).page('left', { pageNo: 2, pageSize: 5 });
    await untilKept(1);
    const shared = await replica(1).page('left', { pageNo: 2, pageSize: 5 });
    const facts = { start: 5, total: 12, last: false, rows: books(5, 5) };
    expect(read).toMatchObject(facts);
    expect(shared).toMatchObject(facts);
    expect(calls).toEqual(['left 2 of 5']);
    // Never underestimated; the overestimation is tested with the shared cache.
    expect(shared.sentAt).toBeLessThanOrEqual(read.sentAt);
    expect(shared.answeredAt).toBeGreaterThanOrEqual(calledAt);
    expect(await keys()).toEqual(['{book7:me:left/5/2}']);
  });

  test('is separate by list, number, size, account and kind of row', async () => {
    await replica(0).page('left', FIRST_PAGE);
    await untilKept(1);
    const other = replica(1);
    await other.page('right', FIRST_PAGE);
    await other.page('left', { pageNo: 2, pageSize: 5 });
    await other.page('left', { pageNo: 1, pageSize: 4 });
    await replica(1, { account: async () => 'you' }).page('left', FIRST_PAGE);
    await replica(1, { rowName: 'record' }).page('left', FIRST_PAGE);
    expect(calls).toHaveLength(6);
    await untilKept(6);
    expect(await keys()).toEqual([
      '{book7:me:left/4/1}',
      '{book7:me:left/5/1}',
      '{book7:me:left/5/2}',
      '{book7:me:right/5/1}',
      '{book7:you:left/5/1}',
      '{record7:me:left/5/1}',
    ]);
  });

  test('that was requested before since is read again', async () => {
    await replica(0).page('left', FIRST_PAGE);
    await untilKept(1);
    const since = monotonicNow();
    lengths.left = 13;
    const range = await replica(1).page('left', FIRST_PAGE, since);
    expect(range.total).toBe(13);
    expect(range.sentAt).toBeGreaterThanOrEqual(since);
    expect(calls).toHaveLength(2);
  });

  test('older than the TTL is read again', async () => {
    const times = { ttlMs: 0, staleIfErrorMs: HOUR_MS };
    await replica(0, { times }).page('left', FIRST_PAGE);
    await untilKept(1);
    await replica(1, { times }).page('left', FIRST_PAGE);
    expect(calls).toHaveLength(2);
  });

  test('counts for the caller that reads it, and not for those that share it', async () => {
    const caller = { signal: new AbortController().signal, calls: new CallCounter() };
    await replica(0).page('left', FIRST_PAGE, NEVER, caller);
    await untilKept(1);
    await replica(1).page('left', FIRST_PAGE, NEVER, caller);
    expect(caller.calls.count).toBe(1);
  });

  test.each([
    ['the cache', { ttlMs: 2 * HOUR_MS, staleIfErrorMs: HOUR_MS }],
    ['a failing upstream', { ttlMs: HOUR_MS, staleIfErrorMs: 2 * HOUR_MS }],
  ])('is retained for as long as %s may serve it', async (_, times) => {
    await replica(0, { times }).page('left', FIRST_PAGE);
    await untilKept(1);
    const leftMs = await server.client.pttl(`${prefix}{book7:me:left/5/1}`);
    expect(leftMs).toBeGreaterThan(1.5 * HOUR_MS);
    expect(leftMs).toBeLessThanOrEqual(2 * HOUR_MS);
  });
});

describe('a total alone in SharedSource', () => {
  test('comes from the shared first page', async () => {
    await replica(0).page('left', FIRST_PAGE);
    await untilKept(1);
    const range = await replica(1).page('left', FIRST_ROW);
    expect(range).toMatchObject({ start: 0, total: 12, last: false });
    expect(idsOf(range.rows)).toEqual(['left 0']);
    expect(calls).toEqual(['left 1 of 5']);
  });

  test('comes from the shared first page of an empty list too', async () => {
    lengths.left = 0;
    await replica(0).page('left', FIRST_PAGE);
    await untilKept(1);
    expect(await replica(1).page('left', FIRST_ROW)).toMatchObject({ rows: [], total: 0, last: true });
    expect(calls).toEqual(['left 1 of 5']);
  });

  test('is read if the first page was requested before since', async () => {
    await replica(0).page('left', FIRST_PAGE);
    await untilKept(1);
    const since = monotonicNow();
    const range = await replica(1).page('left', FIRST_ROW, since);
    expect(range.sentAt).toBeGreaterThanOrEqual(since);
    expect(calls).toEqual(['left 1 of 5', 'left 1 of 1']);
  });

  test.each([
    { pageNo: 2, pageSize: 1 },
    { pageNo: 1, pageSize: 2 },
  ])('is separate from another page: %j is read', async (page) => {
    await replica(0).page('left', FIRST_PAGE);
    await untilKept(1);
    const range = await replica(1).page('left', page);
    expect(idsOf(range.rows)).toEqual(books(page.pageNo - 1, page.pageSize).map(({ id }) => id));
    expect(calls).toHaveLength(2);
    expect(await replica(1).stalePage('left', { ...page, pageNo: 3 })).toBeUndefined();
  });
});

describe('SharedSource while the upstream fails', () => {
  const times = { ttlMs: 0, staleIfErrorMs: HOUR_MS };

  test('returns a page up to staleIfErrorMs old', async () => {
    const other = replica(1, { times });
    expect(await other.stalePage('left', FIRST_PAGE)).toBeUndefined();
    await replica(0, { times }).page('left', FIRST_PAGE);
    await untilKept(1);
    expect(await other.stalePage('left', FIRST_PAGE)).toMatchObject({ total: 12, rows: books(0, 5) });
    expect(await other.stalePage('left', FIRST_ROW)).toMatchObject({ total: 12, rows: books(0, 1) });
    expect(await other.stalePage('left', { pageNo: 2, pageSize: 5 })).toBeUndefined();
    expect(await other.stalePage('right', FIRST_PAGE)).toBeUndefined();
    expect(calls).toHaveLength(1);
  });

  test('prefers the stored page of one row to the first page', async () => {
    await replica(0, { times }).page('left', FIRST_PAGE);
    lengths.left = 9;
    await replica(0, { times }).page('left', FIRST_ROW);
    await untilKept(2);
    expect(await replica(1, { times }).stalePage('left', FIRST_ROW)).toMatchObject({ total: 9 });
  });

  test('returns a row up to staleIfErrorMs old', async () => {
    const other = replica(1, { times });
    expect(await other.staleRow('a')).toBeUndefined();
    const { sentAt } = await replica(0, { times }).row('a');
    await replica(0, { times }).row('none');
    await untilKept(2);
    const stale = await other.staleRow('a');
    expect(stale?.row).toEqual({ id: 'a', createdSecond: null, isLent: true });
    expect(stale?.sentAt).toBeLessThanOrEqual(sentAt);
    expect(await other.staleRow('none')).toMatchObject({ row: null });
    expect(calls).toHaveLength(2);
  });

  test('returns nothing if staleIfErrorMs is 0', async () => {
    const fresh = { ttlMs: HOUR_MS, staleIfErrorMs: 0 };
    await replica(0, { times: fresh }).page('left', FIRST_PAGE);
    await replica(0, { times: fresh }).row('returned');
    await untilKept(2);
    expect(await replica(1, { times: fresh }).stalePage('left', FIRST_PAGE)).toBeUndefined();
    expect(await replica(1, { times: fresh }).staleRow('returned')).toBeUndefined();
  });
});

describe('a row in SharedSource', () => {
  test('that one replica has read costs the others no call, nor does a missing one', async () => {
    const [one, other] = [replica(0), replica(1)];
    for (const id of ['a', 'none']) {
      const read = await one.row(id);
      await untilKept(id === 'a' ? 1 : 2);
      const shared = await other.row(id);
      expect(shared.row).toEqual(read.row);
      expect(shared.sentAt).toBeLessThanOrEqual(read.sentAt);
    }
    expect(calls).toEqual(['a', 'none']);
    expect(await keys()).toEqual(['{book7:me:id/a}', '{book7:me:id/none}']);
  });

  test('that was requested before since is read again', async () => {
    await replica(0).row('a');
    await untilKept(1);
    const since = monotonicNow();
    expect((await replica(1).row('a', since)).sentAt).toBeGreaterThanOrEqual(since);
    expect(calls).toHaveLength(2);
  });

  test.each(['a', 'none', 'returned'])('%s is retained for longer in a final state', async (id) => {
    await replica(0, { times: { ttlMs: HOUR_MS, staleIfErrorMs: 0 } }).row(id);
    await untilKept(1);
    const leftMs = await server.client.pttl(`${prefix}{book7:me:id/${id}}`);
    const keptMs = id === 'returned' ? FINAL_TTL_FACTOR * HOUR_MS : HOUR_MS;
    expect(leftMs).toBeGreaterThan(keptMs - HOUR_MS / 2);
    expect(leftMs).toBeLessThanOrEqual(keptMs);
  });

  test.each([
    ['a row in a final state', true, 29, []],
    ['a row in a final state', true, 31, ['a']],
    ['any other row', false, 1.5, ['a']],
  ])('%s (%s) is fresh for at most its TTL: %s times the lifetime', async (_, isLasting, lives, expected) => {
    const bytes = codec.encodeRow({ id: 'a', createdSecond: null });
    await write('book7:me:id/a', bytes, {
      isLongLived: isLasting,
      sentAt: later(monotonicNow(), -lives * HOUR_MS),
    });
    await replica(0).row('a');
    expect(calls).toEqual(expected);
  });

  test('in a final state is retained for staleIfErrorMs, if that is longer', async () => {
    await replica(0, { times: { ttlMs: 1000, staleIfErrorMs: HOUR_MS } }).row('returned');
    await untilKept(1);
    expect(await server.client.pttl(`${prefix}{book7:me:id/returned}`)).toBeGreaterThan(HOUR_MS / 2);
  });

  test('has its id in its key up to 40 characters, and a hash of a longer one', async () => {
    const [short, long, other] = ['x'.repeat(40), 'x'.repeat(41), `${'x'.repeat(40)}y`];
    for (const id of [short, long, other]) expect((await replica(0).row(id)).row?.id).toBe(id);
    await untilKept(3);
    const hashed = [long, other].map((id) => `{book7:me:id/${hash('sha256', id, 'base64url')}}`);
    expect(await keys()).toEqual([`{book7:me:id/${short}}`, ...hashed].sort());
    for (const id of [short, long, other]) expect((await replica(1).row(id)).row?.id).toBe(id);
    expect(calls).toHaveLength(3);
  });
});

describe('an invalid value in SharedSource', () => {
  const page = (more: Partial<SharedPage<Book>>): Buffer =>
    codec.encodePage({ start: 0, total: 12, last: false, rows: books(0, 5), ...more });
  const twice: readonly Book[] = [...books(0, 4), ...books(0, 1)];
  const WRONG_PAGES: [string, Buffer][] = [
    ['nonsense', Buffer.from('nonsense')],
    ['a page at another offset', page({ start: 5 })],
    ['a page with too few rows', page({ rows: books(0, 4) })],
    ['a full page marked as the last', page({ last: true })],
    ['a repeated row', page({ rows: twice })],
  ];

  test.each(WRONG_PAGES)('as %s is counted, and the page is read again', async (_, bytes) => {
    const { redis } = connections[0];
    const before = redis.unreadable.get('page') ?? 0;
    await write('book7:me:left/5/1', bytes);
    const range = await replica(0).page('left', FIRST_PAGE);
    expect(range.rows).toEqual(books(0, 5));
    expect(calls).toHaveLength(1);
    expect(redis.unreadable.get('page')).toBe(before + 1);
  });

  test.each(WRONG_PAGES)('as %s is no total and no stale page, and is deleted', async (_, bytes) => {
    const { redis } = connections[0];
    const before = redis.unreadable.get('page') ?? 0;
    await write('book7:me:left/5/1', bytes);
    expect(await replica(0).stalePage('left', FIRST_PAGE)).toBeUndefined();
    expect(await keys()).toEqual([]);
    expect(redis.unreadable.get('page')).toBe(before + 1);
  });

  test('with more rows than the page has room for is read again', async () => {
    await write('book7:me:left/3/1', page({}));
    expect((await replica(0).page('left', { pageNo: 1, pageSize: 3 })).rows).toEqual(books(0, 3));
    expect(calls).toHaveLength(1);
  });

  test('with two unusable rows is valid, because these have no ids', async () => {
    await write('book7:me:left/5/1', page({ rows: [undefined, undefined, ...books(2, 3)] }));
    const range = await replica(0).page('left', FIRST_PAGE);
    expect(range.rows).toEqual([undefined, undefined, ...books(2, 3)]);
    expect(calls).toEqual([]);
  });

  test.each([
    ['nonsense', Buffer.from('nonsense')],
    ['another row', codec.encodeRow({ id: 'b', createdSecond: null })],
  ])('as %s is counted by the kind of the row, and the row is read again', async (_, bytes) => {
    const { redis } = connections[0];
    const unreadable = () => redis.unreadable.get('book') ?? 0;
    const before = unreadable();
    await write('book7:me:id/a', bytes);
    expect(await replica(0).staleRow('a')).toBeUndefined();
    expect(await keys()).toEqual([]);
    expect(unreadable()).toBe(before + 1);
    await write('book7:me:id/a', bytes);
    expect((await replica(0).row('a')).row?.id).toBe('a');
    expect(calls).toEqual(['a']);
    expect(unreadable()).toBe(before + 2);
  });

  test('is counted from 0 for each kind of row', () => {
    replica(0, { rowName: 'leaflet' });
    expect(connections[0].redis.unreadable.get('leaflet')).toBe(0);
  });
});

describe('a cursor time in SharedSource', () => {
  const anchor: Anchor = {
    offset: 3,
    total: 12,
    key: keyOf('left 3'),
    createdAt: null,
    ordered: false,
    neighbours: { side: 'above', keys: [], complete: true },
  };
  const ago = (ms: number): MonotonicMs => later(monotonicNow(), -ms);

  test('is the time at which the first replica saw the cursor', async () => {
    const first = ago(60_000);
    expect(await replica(0).cursorKnownSince('left', anchor, first)).toBe(first);
    const known = await replica(1).cursorKnownSince('left', anchor, monotonicNow());
    expect(known).toBeGreaterThanOrEqual(first);
    expect(known).toBeLessThan(ago(30_000));
    expect(await keys()).toEqual([`me:book/cursor/left/3/12/${keyOf('left 3')}`]);
  });

  test('differs by list', async () => {
    await replica(0).cursorKnownSince('left', anchor, ago(60_000));
    const now = monotonicNow();
    expect(await replica(1).cursorKnownSince('right', anchor, now)).toBe(now);
  });
});

describe.each([
  ['unknown', async () => undefined],
  ['unavailable', () => Promise.reject(new Error('no credentials'))],
])('while the account is %s', (_, account) => {
  test('without Redis a replica reads by itself, and stores nothing', async () => {
    const alone = replica(0, { account });
    const caller = { signal: new AbortController().signal, calls: new CallCounter() };
    expect((await alone.page('left', FIRST_PAGE, NEVER, caller)).rows).toEqual(books(0, 5));
    expect((await alone.row('a', NEVER, caller)).row?.id).toBe('a');
    expect(caller.calls.count).toBe(2);
    expect(await alone.stalePage('left', FIRST_PAGE)).toBeUndefined();
    expect(await alone.staleRow('a')).toBeUndefined();
    const at = monotonicNow();
    expect(
      await alone.cursorKnownSince(
        'left',
        {
          offset: 0,
          total: 1,
          key: keyOf('a'),
          createdAt: null,
          ordered: true,
          neighbours: { side: 'above', keys: [], complete: true },
        },
        at,
      ),
    ).toBe(at);
    expect(await server.client.keys(`${prefix}*`)).toEqual([]);
  });
});

test('lastTotal is that of the wrapped source', async () => {
  const one = replica(0);
  expect(one.lastTotal('left')).toBeUndefined();
  await one.page('left', FIRST_PAGE);
  expect(one.lastTotal('left')).toBe(12);
  expect(one.lastTotal('right')).toBeUndefined();
});

test('lists without a codec are rejected', () => {
  const { codec: _, ...rest } = definition;
  const direct = new DirectSource<List, Book>(rest, unobserved);
  const { redis } = connections[0];
  const make = () => new SharedSource(direct, { redis, prefix, account: async () => 'me' }, TIMES, HOUR_MS);
  expect(make).toThrow('the lists have no codec');
});
