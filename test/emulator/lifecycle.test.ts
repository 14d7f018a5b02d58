import { describe, expect, it } from 'vitest';
import type { Emulator } from '../../emulator/emulator.ts';
import { statusAt } from '../../emulator/lifecycle.ts';
import { emulators } from './running.ts';
import { call, listPage, until } from './signed-request.ts';

const start = emulators();
const open = ['Initialization', 'AudioDetecting', 'PreTraining', 'Training'];

function openJobs(emulator: Emulator): number {
  return [...emulator.list('Basic'), ...emulator.list('Standard')].filter(({ Status }) =>
    open.includes(Status),
  ).length;
}

describe('statusAt', () => {
  const course = { from: 'Initialization', startedAtMs: 1000, end: 'Fail' } as const;

  it('advances by one state per full step', () => {
    const seen = [0, 999, 1000, 1099, 1100, 1200, 1300, 1399, 1400, 99_999].map((at) =>
      statusAt(course, at, 100),
    );
    expect(seen).toEqual([
      ...Array(4).fill('Initialization'),
      'AudioDetecting',
      'PreTraining',
      'Training',
      'Training',
      'Fail',
      'Fail',
    ]);
  });

  it('never advances with a step of 0', () => {
    expect(statusAt(course, Number.MAX_SAFE_INTEGER, 0)).toBe('Initialization');
  });
});

it('every unfinished job reaches a final status, and nothing else changes', async () => {
  const emulator = await start({ stepMs: 20 });
  const before = emulator.list('Basic');
  emulator.resetCalls();
  await until(() => openJobs(emulator) === 0);
  const after = emulator.list('Basic');
  expect(after.map((row) => row.JobId)).toEqual(before.map((row) => row.JobId));
  expect(after.slice(6)).toEqual(before.slice(6));
  expect(new Set(after.slice(0, 6).map((row) => row.Status))).toEqual(new Set(['Success', 'Fail']));
  expect((await listPage(emulator, 'Basic', 1, 10)).CustomizedVoiceJobList).toEqual(after.slice(0, 10));
  expect(emulator.history('Basic')).toHaveLength(1);
});

it('unfinished jobs do not advance with stepMs 0', async () => {
  const emulator = await start({ stepMs: 0 });
  const before = emulator.list('Basic');
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(emulator.list('Basic')).toEqual(before);
  expect(openJobs(emulator)).toBe(8);
});

it('inserted jobs advance from the time of insertion', async () => {
  const emulator = await start({ stepMs: 20 });
  const { JobId, Status } = emulator.insert('Standard');
  expect(Status).toBe('Initialization');
  await until(() => emulator.list('Standard')[0]?.Status === 'Success');
  const { body } = await call(emulator, 'GetCustomizedVoiceJob', { JobId });
  expect(body.Data.CustomizedVoiceJob.Status).toBe('Success');
});

it('an explicitly set status does not advance', async () => {
  const emulator = await start({ stepMs: 1 });
  const inserted = emulator.insert('Basic', { Status: 'Training' });
  const [, changed] = emulator.list('Basic');
  emulator.change(changed?.JobId ?? '', { Status: 'PreTraining' });
  await new Promise((resolve) => setTimeout(resolve, 30));
  const [first, second] = emulator.list('Basic');
  expect([first?.Status, second?.Status]).toEqual(['Training', 'PreTraining']);
  expect(first).toEqual(inserted);
});
