import { expect, test } from 'vitest';
import { CallCounter } from '../../src/paging/caller.ts';
import { DirectSource } from '../../src/paging/direct-source.ts';
import type { Page, PageSource, ReadListener } from '../../src/paging/page-source.ts';
import type { ListRow } from '../../src/paging/row-range.ts';
import { monotonic } from '../monotonic.ts';
import { unobserved } from '../unobserved.ts';

const row = (id: string): ListRow => ({ id, createdSecond: null });
const callerWith = (calls: CallCounter) => ({ signal: new AbortController().signal, calls });

/** A source of one list, with its observer and listener. */
function sourceOf(page: Partial<Page<ListRow>>, rest: Partial<PageSource<'list', ListRow>> = {}) {
  const dropped: string[] = [];
  const heard: unknown[] = [];
  const listener: ReadListener<'list', ListRow> = {
    pageRead: (...args) => void heard.push(args),
    rowRead: (...args) => void heard.push(args),
  };
  const source = new DirectSource<'list', ListRow>(
    { lists: ['list'], maxPageSize: 3, read: async () => ({ total: 9, rows: [], ...page }), ...rest },
    { ...unobserved, droppedRow: (reason) => void dropped.push(reason) },
    listener,
  );
  return { source, dropped, heard };
}

test('a full page does not end the list, and a page with fewer rows than requested does', async () => {
  const { source } = sourceOf({ rows: [row('a'), row('b')] });
  expect(await source.page('list', { pageNo: 3, pageSize: 2 })).toMatchObject({
    start: 4,
    total: 9,
    last: false,
  });
  expect(await source.page('list', { pageNo: 3, pageSize: 3 })).toMatchObject({
    start: 6,
    total: 9,
    last: true,
  });
});

test('a page has the send time that the source reports', async () => {
  const later = monotonic(performance.now() + 1000);
  expect((await sourceOf({ sentAt: later }).source.page('list', { pageNo: 1, pageSize: 2 })).sentAt).toBe(
    later,
  );
});

test('a send time before the call of read is replaced by the time of the call', async () => {
  const { source } = sourceOf({ sentAt: monotonic(0) });
  const askedAt = performance.now();
  const { sentAt, answeredAt } = await source.page('list', { pageNo: 1, pageSize: 2 });
  expect(sentAt).toBeGreaterThanOrEqual(askedAt);
  expect(answeredAt).toBeGreaterThanOrEqual(sentAt);
});

test('without a reported send time a page has the time of the call', async () => {
  const askedAt = performance.now();
  const { sentAt } = await sourceOf({}).source.page('list', { pageNo: 1, pageSize: 2 });
  expect(sentAt).toBeGreaterThanOrEqual(askedAt);
});

test('a row that is repeated on its page is dropped and reported, and the others keep their offsets', async () => {
  const { source, dropped } = sourceOf({ rows: [row('a'), undefined, row('a'), row('b'), undefined] });
  const { rows } = await source.page('list', { pageNo: 1, pageSize: 5 });
  expect(rows.map((one) => one?.id)).toEqual(['a', undefined, undefined, 'b', undefined]);
  expect(dropped).toEqual(['repeated on its page']);
});

test('lastTotal is the length of the list at its last read', async () => {
  const { source } = sourceOf({ total: 7 });
  expect(source.lastTotal('list')).toBeUndefined();
  await source.page('list', { pageNo: 1, pageSize: 2 });
  expect(source.lastTotal('list')).toBe(7);
});

test('the listener receives each page and row', async () => {
  const found = { row: row('a'), sentAt: monotonic(performance.now() + 1000) };
  const { source, heard } = sourceOf({ rows: [row('a')] }, { readById: async () => found });
  const range = await source.page('list', { pageNo: 1, pageSize: 2 });
  expect(await source.row('a')).toEqual(found);
  expect(heard).toEqual([
    ['list', range],
    ['a', found],
  ]);
});

test('each page and row counts as a call of its caller', async () => {
  const calls = new CallCounter();
  const { source } = sourceOf({}, { readById: async () => ({ row: null, sentAt: monotonic(5) }) });
  await source.page('list', { pageNo: 1, pageSize: 2 }, undefined, callerWith(calls));
  await source.row('a', undefined, callerWith(calls));
  expect(calls.count).toBe(2);
});

test('listener and call counter are optional', async () => {
  const read = async () => ({ total: 1, rows: [row('a')] });
  const readById = async () => ({ row: row('a'), sentAt: monotonic(5) });
  const source = new DirectSource({ lists: ['list'], maxPageSize: 3, read, readById }, unobserved);
  const caller = { signal: new AbortController().signal };
  expect((await source.page('list', { pageNo: 1, pageSize: 2 }, undefined, caller)).rows).toHaveLength(1);
  expect((await source.row('a', undefined, caller)).row?.id).toBe('a');
});

test('a lookup by id in a source without readById throws', async () => {
  await expect(sourceOf({}).source.row('a')).rejects.toThrow('the lists have no `readById`');
});
