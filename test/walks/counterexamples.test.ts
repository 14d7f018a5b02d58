import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateway } from '../gateway-under-test.ts';
import { type Change, refill, type Step, type Times } from './moving-list.ts';
import { type ListName, standing, startWalker, typesOf, type Walker } from './walker.ts';

/** Regressions: shrunk walks that once failed, each named by its symptom. */

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
  'a forward walk returned its first row twice when as many jobs of its second were inserted above as deleted below':
    {
      list: 'Basic',
      direction: 'forwards',
      times: 'apart',
      length: 0,
      rows: 1,
      steps: [during(insert(4)), between(swap(2, true))],
    },
  'a backward walk missed three rows when its cursor’s row was deleted and rows of its second remained above':
    {
      list: 'Basic',
      direction: 'backwards',
      times: 'in runs',
      length: 5,
      rows: 2,
      steps: [between({ kind: 'remove', at: [3] })],
    },
  'a backward walk through many rows of one second missed a row when jobs were inserted': {
    list: 'Basic',
    direction: 'backwards',
    times: 'equal',
    length: 103,
    rows: 8,
    steps: [between(swap(3, true)), between(swap(7, true)), between(rest), during(insert(2))],
  },
  'a forward walk through many rows of one second jumped to the last page when its first row was deleted': {
    list: 'Basic',
    direction: 'forwards',
    times: 'equal',
    length: 102,
    rows: 1,
    steps: [between(removeCursor(0, 0))],
  },
  'a forward walk returned two rows twice when jobs of the newest second were inserted twice': {
    list: 'Basic',
    direction: 'forwards',
    times: 'apart',
    length: 0,
    rows: 1,
    steps: [during(insert(150)), between(swap(1, true)), between(swap(1, true)), during(swap(2, true))],
  },
  'a forward walk ended early when all rows that it had returned were deleted': {
    list: 'Standard',
    direction: 'forwards',
    times: 'equal',
    length: 10,
    rows: 2,
    steps: [between({ kind: 'remove', at: [207, 0, 26, 518] }, 'Standard')],
  },
  'a backward walk of ALL returned a row twice when a job of its second was inserted into the other list': {
    list: 'All',
    direction: 'backwards',
    times: 'in runs',
    length: 2,
    rows: 1,
    steps: [between(rest), between(insert(1), 'Standard')],
  },
  'a re-alignment read the same pages again when rows were deleted meanwhile': {
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
  'a re-alignment continued from a newer row when the first row was deleted and a newer one inserted meanwhile':
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
  'a forward walk of ALL returned a row twice when jobs of the newest second were inserted above its cursor':
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

test('the first page before a cursor is full after jobs came in above the cursor, which was near the start of the list', async () => {
  await using gateway = await startGateway({ emulator: { basicCount: 5, standardCount: 0 } });
  const pageOf = async (args: string) => {
    const answer = await gateway.ask(
      `{ customizedVoiceJobs(${args}) { pageInfo { hasNextPage } edges { cursor node { jobId } } } }`,
    );
    return answer.data.customizedVoiceJobs;
  };
  for (const type of ['BASIC', 'ALL']) {
    const { edges } = await pageOf(`type: ${type}, first: 1`);
    gateway.emulator.insertMany('Basic', 60);
    if (type === 'ALL') gateway.emulator.insertMany('Standard', 1);
    const page = await pageOf(`type: ${type}, first: 50, before: "${edges[0].cursor}"`);
    expect(page.edges).toHaveLength(50);
    expect(page.pageInfo.hasNextPage).toBe(true);
  }
});
