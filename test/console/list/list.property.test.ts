import { expect, test } from 'vitest';
import { join, type PageRequest } from '../../../console/src/list/join.ts';
import {
  countOf,
  EMPTY_LIST,
  numberOf,
  type RowList,
  rowAt,
  startAt,
} from '../../../console/src/list/list.ts';
import { holdNewRows, showNewRows, topOf } from '../../../console/src/list/newer-rows.ts';
import { nextRequest } from '../../../console/src/list/next-request.ts';
import { deletedBetween, refreshRows, rowAbove } from '../../../console/src/list/refresh-rows.ts';
import { endOf } from '../../../console/src/list/segment.ts';
import { fc, runs } from '../../runs.ts';
import { PlainList } from './plain-list.ts';

const PAGE = 10;

function answer(jobs: PlainList, ask: PageRequest) {
  switch (ask.from) {
    case 'start':
      return jobs.first(PAGE);
    case 'end':
      return jobs.last(PAGE);
    case 'below':
      return jobs.first(PAGE, ask.row.cursor);
    case 'above':
      return jobs.last(PAGE, ask.row.cursor);
  }
}

/** Loads the rows from `from` up to `to`, as the table does when the user scrolls there. */
function look(list: RowList, jobs: PlainList, from: number, to: number, beforeEach = () => {}): RowList {
  let now = list;
  for (let asked = 0; ; asked++) {
    const ask = nextRequest(now, from, to);
    if (ask === undefined) return now;
    expect(asked).toBeLessThan(jobs.ids.length / 2 + 10);
    beforeEach();
    now = join(now, ask, answer(jobs, ask));
    holds(now);
  }
}

function poll(list: RowList, jobs: PlainList): RowList {
  const top = topOf(list);
  return top === undefined
    ? join(list, { from: 'start' }, jobs.first(PAGE))
    : holdNewRows(list, jobs.last(PAGE, top.cursor));
}

/** Invariants of every list. */
function holds(list: RowList): void {
  const ids = [...list.newer, ...list.segments.flatMap(({ rows }) => rows)].map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  let free = 0;
  for (const [place, segment] of list.segments.entries()) {
    expect(segment.rows.length).toBeGreaterThan(0);
    if (segment.atStart) expect([place, segment.base]).toEqual([0, 0]);
    else expect(segment.base).toBeGreaterThanOrEqual(place === 0 ? 1 : free);
    if (segment.atEnd) expect(place).toBe(list.segments.length - 1);
    free = endOf(segment);
  }
  expect(countOf(list)).toBeGreaterThanOrEqual(free);
}

const known = (list: RowList) => list.segments.flatMap(({ rows }) => rows).map(({ id }) => id);

/** Enough runs for segments to meet, which is rare. */
const RUNS = { numRuns: runs(1000) };

const place = fc.nat(60);
const step = fc.oneof(
  fc.record({ does: fc.constant('look' as const), from: place, rows: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ does: fc.constant('end' as const) }),
  fc.record({ does: fc.constant('poll' as const) }),
  fc.record({ does: fc.constant('show' as const) }),
);
const drift = fc.oneof(
  fc.record({ does: fc.constant('insert' as const), count: fc.integer({ min: 1, max: 15 }) }),
  fc.record({ does: fc.constant('remove' as const), place }),
);

test('in an unchanging list, every loaded row has its number and is in list order', () => {
  fc.assert(
    fc.property(fc.nat(60), fc.option(place, { nil: undefined }), fc.array(step), (count, begin, steps) => {
      const jobs = new PlainList(count);
      let list = EMPTY_LIST;
      const cursor = begin === undefined ? undefined : jobs.ids[begin];
      if (begin !== undefined && cursor !== undefined) list = startAt(jobs.first(PAGE, cursor), begin + 1);
      for (const each of steps) {
        if (each.does === 'look') list = look(list, jobs, each.from, each.from + each.rows);
        if (each.does === 'end') list = look(list, jobs, countOf(list) - 20, countOf(list));
        if (each.does === 'poll' && list.total !== undefined) list = poll(list, jobs);
        if (each.does === 'show') list = showNewRows(list);
        holds(list);
        for (let index = 0; index < countOf(list); index++) {
          const row = rowAt(list, index);
          if (row === undefined) continue;
          const { number } = numberOf(list, index);
          expect(jobs.ids[number - 1]).toBe(row.id);
        }
      }
      if (list.total !== undefined) expect(countOf(list)).toBe(count);
    }),
    RUNS,
  );
});

test('the number of a row from a link is corrected when an end of the list is reached, and exact only then', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      place,
      fc.nat(200),
      fc.boolean(),
      (count, begin, wrong, up) => {
        const jobs = new PlainList(count);
        const cursor = jobs.ids[begin % count] ?? '';
        const first = jobs.first(PAGE, cursor);
        let list = startAt(first, wrong);
        holds(list);
        for (let asked = 0; asked < 30; asked++) {
          for (let index = 0; index < countOf(list); index++) {
            const row = rowAt(list, index);
            const { number, exact } = numberOf(list, index);
            if (row !== undefined && exact) expect(jobs.ids[number - 1]).toBe(row.id);
          }
          const segment = list.segments[0];
          const edge = up ? segment?.rows[0] : segment?.rows.at(-1);
          if (segment === undefined || edge === undefined || (up ? segment.atStart : segment.atEnd)) break;
          const ask: PageRequest = { from: up ? 'above' : 'below', row: edge };
          list = join(list, ask, answer(jobs, ask));
          holds(list);
        }
        list = look(list, jobs, 0, 1000);
        expect(known(list)).toEqual(jobs.ids);
      },
    ),
    RUNS,
  );
});

test('under any inserts and deletes, each job that existed throughout is loaded once, in order', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.array(fc.oneof(step, drift)),
      fc.array(drift),
      (count, steps, late) => {
        const jobs = new PlainList(count);
        const original = jobs.ids;
        let list = EMPTY_LIST;
        const happen = (each: typeof drift extends fc.Arbitrary<infer T> ? T : never) => {
          if (each.does === 'remove') jobs.remove(each.place);
          else for (let made = 0; made < each.count; made++) jobs.insert();
        };
        for (const each of steps) {
          if (each.does === 'insert' || each.does === 'remove') happen(each);
          else if (each.does === 'look') list = look(list, jobs, each.from, each.from + each.rows);
          else if (each.does === 'end') list = look(list, jobs, countOf(list) - 20, countOf(list));
          else if (each.does === 'poll' && list.total !== undefined) list = poll(list, jobs);
          else if (each.does === 'show') list = showNewRows(list);
          holds(list);
        }
        const waiting = [...late];
        list = look(list, jobs, 0, 1000, () => {
          const next = waiting.shift();
          if (next !== undefined) happen(next);
        });
        const ids = known(list);
        const there = new Set(jobs.ids);
        const shownTotal = original.filter((id) => there.has(id));
        expect(ids.filter((id) => shownTotal.includes(id))).toEqual(shownTotal);
      },
    ),
    RUNS,
  );
});

test('deleted jobs, and only those, are noticed at the next check; a refreshed page equals the list', () => {
  const change = fc.oneof(step, drift);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.array(change), place, (count, changes, from) => {
      const jobs = new PlainList(count);
      let list = look(EMPTY_LIST, jobs, 0, 1);
      let removed = 0;
      let arrived = 0;
      for (const each of changes) {
        const { length } = jobs.ids;
        // From the end, and no new job: one that was added and deleted between two checks is never seen.
        if (each.does === 'remove' && length > Math.max(1, arrived)) {
          jobs.remove(length - 1);
          removed += 1;
        } else if (each.does === 'insert') {
          for (let made = 0; made < each.count; made++) jobs.insert();
          arrived += each.count;
        } else if (each.does === 'look') list = look(list, jobs, each.from, each.from + each.rows);
        else if (each.does === 'show') list = showNewRows(list);
        else if (each.does === 'poll' && topOf(list) !== undefined) {
          const after = poll(list, jobs);
          if (after.shownTotal !== list.shownTotal) {
            expect(deletedBetween(list, after)).toBe(removed);
            removed = 0;
            arrived = 0;
          }
          list = after;
        }
        holds(list);
      }
      const above = rowAbove(list, from);
      if (above === undefined) return;
      list = refreshRows(list, jobs.first(PAGE, above?.cursor), from);
      holds(list);
      const there = jobs.ids;
      for (const id of known(list)) expect(there).toContain(id);
    }),
    RUNS,
  );
});
