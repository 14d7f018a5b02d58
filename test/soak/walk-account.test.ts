import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Emulator, startEmulator } from '../../emulator/emulator.ts';
import { randomStream } from '../../emulator/random.ts';
import { WalkAccount } from '../../tools/soak/judge/walk-account.ts';
import { ChangingLists } from '../../tools/soak/upstream/changing-lists.ts';

let emulator: Emulator;
let lists: ChangingLists;
beforeEach(async () => {
  emulator = await startEmulator({ basicCount: 30, standardCount: 5, stepMs: 0 });
  lists = new ChangingLists(emulator, randomStream(1));
});
afterEach(() => emulator.close());

const ids = (type: 'Basic' | 'Standard') => emulator.list(type).map(({ JobId }) => JobId);

test('a walk that shows the whole list once has no wrong rows', () => {
  const account = new WalkAccount(lists, 'ALL', performance.now());
  expect([...account.page(ids('Basic')), ...account.page(ids('Standard')), account.end()]).toEqual([
    undefined,
  ]);
});

test('a row of the other list, of no list, a repeated row and a missing row are each reported', () => {
  const [first = '', ...others] = ids('Basic');
  const [unauthenticated = ''] = ids('Standard');
  const account = new WalkAccount(lists, 'BASIC', performance.now());
  expect(account.page([unauthenticated, 'nobody', ...others, ...others.slice(0, 1)])).toEqual([
    { what: 'a row that is not in the list', jobId: unauthenticated },
    { what: 'a row that is not in the list', jobId: 'nobody' },
    { what: 'a job seen twice', jobId: others[0] },
  ]);
  expect(account.end()).toEqual({ what: 'jobs never seen', jobId: `${first}, of 1` });
});

test('rows inserted or removed during a walk may be shown or not; rows removed before it may not', () => {
  const early = performance.now();
  const before = ids('Basic');
  while (ids('Basic').some((jobId) => !before.includes(jobId)) === false) lists.change();
  const came = ids('Basic').filter((jobId) => !before.includes(jobId));
  const account = new WalkAccount(lists, 'BASIC', early);
  account.page(before.filter((jobId) => ids('Basic').includes(jobId)));
  expect(account.end()).toBeUndefined();

  while (before.every((jobId) => ids('Basic').includes(jobId))) lists.change();
  const gone = before.filter((jobId) => !ids('Basic').includes(jobId));
  expect(new WalkAccount(lists, 'BASIC', early).page([...gone, ...came])).toEqual([]);
  const late = new WalkAccount(lists, 'BASIC', performance.now() + 1);
  expect(late.page(gone).map(({ jobId }) => jobId)).toEqual(gone);
});

test('lists that change for a long time keep about their lengths, and every change is recorded', () => {
  for (let n = 0; n < 2000; n++) lists.change();
  expect(ids('Basic').length).toBeGreaterThan(150);
  expect(ids('Basic').length).toBeLessThan(350);
  const listed = [...ids('Basic'), ...ids('Standard')].sort();
  expect(lists.presentSince(['Basic', 'Standard'], performance.now()).sort()).toEqual(listed);
});
