import { afterAll, beforeAll, expect, test } from 'vitest';
import { refill } from './moving-list.ts';
import { startWalker, type Walker } from './walker.ts';

let walker: Walker;
beforeAll(async () => {
  walker = await startWalker();
  refill(walker.emulator, 'Basic', 137, 'apart');
  refill(walker.emulator, 'Standard', 60, 'in runs');
});
afterAll(() => walker[Symbol.asyncDispose]());

/** Model: both lists in one array, newest first; within one second, Basic first. */
function sorted(): string[] {
  const rows = [...walker.emulator.list('Basic'), ...walker.emulator.list('Standard')];
  return rows
    .map((row, index) => ({ row, index }))
    .sort((a, b) => Date.parse(b.row.CreateTime) - Date.parse(a.row.CreateTime) || a.index - b.index)
    .map(({ row }) => row.JobId);
}

const read = async (args: Parameters<Walker['connection']>[1]) => {
  const connection = walker.connection('All', args);
  const [edges, info, total] = await Promise.all([
    connection.edges,
    connection.pageInfo,
    connection.totalCount,
  ]);
  return {
    jobIds: edges.map(({ node }) => node.jobId),
    cursors: edges.map(({ cursor }) => cursor),
    info,
    total,
  };
};

async function everyCursor(): Promise<string[]> {
  const [head, tail] = [await read({ first: 100 }), await read({ last: 97 })];
  return [...head.cursors, ...tail.cursors];
}

test('every window of the merged lists, in either direction, equals that of a sorted array, with at most two calls per list', async () => {
  const truth = sorted();
  const cursors = await everyCursor();
  expect(cursors).toHaveLength(197);
  for (const rows of [0, 1, 3, 10, 37, 100]) {
    for (let at = 0; at < truth.length; at++) {
      walker.emulator.resetCalls();
      const after = await read({ first: rows, after: cursors[at] });
      const calls = walker.emulator.calls.length;
      expect(after.jobIds, `first ${rows} after ${at}`).toEqual(truth.slice(at + 1, at + 1 + rows));
      expect(after.info.hasPreviousPage, `first ${rows} after ${at}`).toBe(true);
      expect(after.info.hasNextPage, `first ${rows} after ${at}`).toBe(at + 1 + rows < 197);
      expect(calls).toBeLessThanOrEqual(rows <= 49 ? 2 : 4);

      const before = await read({ last: rows, before: cursors[at] });
      expect(before.jobIds, `last ${rows} before ${at}`).toEqual(truth.slice(Math.max(0, at - rows), at));
      expect(before.info.hasNextPage, `last ${rows} before ${at}`).toBe(true);
      expect(before.info.hasPreviousPage, `last ${rows} before ${at}`).toBe(at - rows > 0);
      expect(before.total).toBe(197);
    }
  }
  expect(walker.realignments).toEqual([]);
});

test('windows of the merged lists between two cursors equal those of a sorted array, from either end', async () => {
  const truth = sorted();
  const cursors = await everyCursor();
  for (const [after, before] of [
    [0, 196],
    [10, 40],
    [40, 41],
    [41, 40],
    [100, 150],
    [3, 5],
  ] as const) {
    const between = truth.slice(after + 1, before);
    for (const rows of [1, 5, 60]) {
      const bounds = { after: cursors[after], before: cursors[before] };
      expect((await read({ first: rows, ...bounds })).jobIds).toEqual(between.slice(0, rows));
      expect((await read({ last: rows, ...bounds })).jobIds).toEqual(between.slice(-rows));
    }
  }
});

test('the last rows alone, and last: 0, of the merged lists are correct', async () => {
  const truth = sorted();
  for (const rows of [1, 10, 99, 100])
    expect((await read({ last: rows })).jobIds).toEqual(truth.slice(-rows));
  expect(await read({ first: 0 })).toMatchObject({
    jobIds: [],
    info: { hasNextPage: true, endCursor: null },
    total: 197,
  });
});

test('cursors of the merged lists have at most 96 characters and do not depend on the window', async () => {
  const cursors = await everyCursor();
  for (const cursor of cursors) expect(cursor).toMatch(/^[\w-]{1,96}$/);
  const again = await read({ first: 30, after: cursors[20] });
  expect(again.cursors).toEqual(cursors.slice(21, 51));
});

test('a page of the merged lists fails as a whole if one list fails, with that list’s error', async () => {
  const lift = walker.emulator.fault(
    { kind: 'error', code: 'Throttling.User', status: 400 },
    { when: ({ params }) => params.Type === 'Standard' },
  );
  await expect(read({ first: 3 })).rejects.toMatchObject({ code: 'UPSTREAM_THROTTLED' });
  lift();
  expect((await read({ first: 3 })).jobIds).toHaveLength(3);
});
