import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Change, refill, type Step, type Times } from './moving-list.ts';
import { type ListName, standing, startWalker, typesOf, type Walker } from './walker.ts';

/** Walks that once went wrong, shrunk, each by its symptom. */

let walker: Walker;
beforeAll(async () => {
  walker = await startWalker();
});
afterAll(() => walker[Symbol.asyncDispose]());

const between = (change: Change, type: Step['type'] = 'Basic'): Step => ({ type, when: 'between', change });
const during = (change: Change, type: Step['type'] = 'Basic'): Step => ({ type, when: 'during', change });
const rest: Change = { kind: 'rest' };
const insert = (jobs: number): Change => ({ kind: 'insert', jobs });
const swap = (jobs: number, below: boolean): Change => ({ kind: 'swap', jobs, below });
const removeCursor = (above: number, below: number): Change => ({ kind: 'removeCursor', above, below });

interface Case {
  readonly list: ListName;
  readonly direction: 'forwards' | 'backwards';
  readonly times: Times;
  readonly length: number;
  readonly rows: number;
  readonly steps: readonly Step[];
}

const CASES: Record<string, Case> = {
  'as many jobs came in as went below, all of one second: the first row was seen twice': {
    list: 'Basic',
    direction: 'forwards',
    times: 'apart',
    length: 0,
    rows: 1,
    steps: [during(insert(4)), between(swap(2, true))],
  },
  'the row before a backward page was gone and its second went on above: three rows were missed': {
    list: 'Basic',
    direction: 'backwards',
    times: 'in runs',
    length: 5,
    rows: 2,
    steps: [between({ kind: 'remove', at: [3] })],
  },
  'jobs arrived while a crowd of one second was read backwards: one row was missed': {
    list: 'Basic',
    direction: 'backwards',
    times: 'equal',
    length: 103,
    rows: 8,
    steps: [between(swap(3, true)), between(swap(7, true)), between(rest), during(insert(2))],
  },
  'the very first row was gone from a crowd of one second: the walk jumped to the last hundred': {
    list: 'Basic',
    direction: 'forwards',
    times: 'equal',
    length: 102,
    rows: 1,
    steps: [between(removeCursor(0, 0))],
  },
  'jobs of the same second came in on top twice over: two rows were seen twice': {
    list: 'Basic',
    direction: 'forwards',
    times: 'apart',
    length: 0,
    rows: 1,
    steps: [during(insert(150)), between(swap(1, true)), between(swap(1, true)), during(swap(2, true))],
  },
  'all rows that the walk had passed were gone: it ended although one was still to come': {
    list: 'Standard',
    direction: 'forwards',
    times: 'equal',
    length: 10,
    rows: 2,
    steps: [between({ kind: 'remove', at: [207, 0, 26, 518] }, 'Standard')],
  },
  'both lists as one, backwards, a job of the same second arrived in the list not yet reached: one was seen twice':
    {
      list: 'All',
      direction: 'backwards',
      times: 'in runs',
      length: 2,
      rows: 1,
      steps: [between(rest), between(insert(1), 'Standard')],
    },
  'rows went while the search was under way: it went on looking where it had looked before': {
    list: 'Basic',
    direction: 'forwards',
    times: 'equal',
    length: 102,
    rows: 52,
    steps: [
      between({ kind: 'remove', at: [51] }),
      during(removeCursor(0, 0)),
      during({ kind: 'remove', at: [0, 1] }),
    ],
  },
  'the very first row was gone and a newer one came in during the search: the walk went on from the newer one':
    {
      list: 'Basic',
      direction: 'forwards',
      times: 'equal',
      length: 2,
      rows: 1,
      steps: [
        between(swap(1, false)),
        during(removeCursor(0, 0)),
        during(swap(1, false)),
        during(insert(1)),
        between(removeCursor(0, 0)),
      ],
    },
  'both lists as one, jobs of the newest second came in above a row that the walk stood still on: one was seen twice':
    {
      list: 'All',
      direction: 'forwards',
      times: 'equal',
      length: 8,
      rows: 3,
      steps: [
        during(swap(1, true), 'Standard'),
        between(insert(1), 'Standard'),
        between(insert(150), 'Standard'),
      ],
    },
};

test.each(Object.entries(CASES))('%s', async (_name, { list, direction, times, length, rows, steps }) => {
  for (const type of typesOf(list))
    refill(walker.emulator, type, type === 'Basic' ? length : length >> 1, times);
  const { jobIds, endless } = await walker.walk(list, direction, rows, steps);
  expect(endless).toBe(false);
  expect(new Set(jobIds).size).toBe(jobIds.length);
  expect([...standing(walker.emulator, list)].filter((jobId) => !jobIds.includes(jobId))).toEqual([]);
});
