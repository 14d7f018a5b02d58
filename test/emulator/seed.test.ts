import { describe, expect, it } from 'vitest';
import { type JobRow, jobTypes } from '../../emulator/job.ts';
import { seedJobs } from '../../emulator/seed.ts';
import { emulators } from './running.ts';

const start = emulators();

const unfinished = ['Initialization', 'AudioDetecting', 'PreTraining', 'Training'];

it('the initial lists have 271 Basic and 42 Standard jobs, or the configured numbers', async () => {
  const emulator = await start();
  expect([emulator.list('Basic').length, emulator.list('Standard').length]).toEqual([271, 42]);
  const small = await start({ basicCount: 3, standardCount: 0 });
  expect([small.list('Basic').length, small.list('Standard').length]).toEqual([3, 0]);
});

it('the initial lists are the same on every start', async () => {
  const [one, other] = await Promise.all([start({ stepMs: 0 }), start({ stepMs: 0 })]);
  for (const type of jobTypes) expect(one.list(type)).toEqual(other.list(type));
});

it('the initial Standard list contains the documented sample row', async () => {
  const emulator = await start();
  const sample = emulator.list('Standard').filter((row) => row.VoiceId === 'xiaozhuan');
  expect(sample).toEqual([
    {
      JobId: '2245ab99a7fd4116a4fd3f499b7a56c5',
      VoiceId: 'xiaozhuan',
      Status: 'Success',
      Message: '',
      VoiceName: '',
      VoiceDesc: '',
      Type: 'Standard',
      Gender: 'female',
      Scenario: 'story',
      CreateTime: '2023-04-01T06:23:59Z',
      GmtCreate: '2022-06-27T02:42:28Z',
    },
  ]);
});

describe.each([
  ['Basic', 271],
  ['Standard', 42],
  ['Basic', 20_000],
  ['Standard', 1],
] as const)('the initial %s list of %i jobs', (type, count) => {
  const rows: JobRow[] = seedJobs(type, count).map(({ row }) => row);

  it('is sorted newest first, without two jobs in one second', () => {
    const times = rows.map((row) => row.CreateTime);
    expect(new Set(times).size).toBe(count);
    expect(times).toEqual(times.toSorted().reverse());
    expect(times.every((time) => /^202[34]-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(time))).toBe(true);
  });

  it('has unique ids and voices in the documented format', () => {
    expect(new Set(rows.map((row) => row.JobId)).size).toBe(count);
    expect(new Set(rows.map((row) => row.VoiceId)).size).toBe(count);
    for (const row of rows) {
      expect(row.JobId).toMatch(/^[0-9a-f]{32}$/);
      expect(row.VoiceId).toMatch(/^[A-Za-z0-9]{1,32}$/);
      expect(row.VoiceName.length).toBeLessThanOrEqual(32);
      expect(row.VoiceDesc.length).toBeLessThanOrEqual(256);
      expect(['female', 'male']).toContain(row.Gender);
      expect(row.Type).toBe(type);
    }
  });

  it('has scenarios only for Basic jobs', () => {
    for (const row of rows) {
      if (type === 'Basic') expect(['story', 'interaction', 'navigation']).toContain(row.Scenario);
      else if (row.VoiceId !== 'xiaozhuan') expect(row.Scenario).toBe('');
    }
  });
});

it('the initial lists have few unfinished jobs, all at the top, and a few failed ones with a message', () => {
  for (const [type, expected] of [
    ['Basic', 6],
    ['Standard', 2],
  ] as const) {
    const rows = seedJobs(type, 200).map(({ row }) => row);
    const open = rows.map((row) => unfinished.includes(row.Status));
    expect(open.filter(Boolean).length).toBe(expected);
    expect(open.slice(0, expected).every(Boolean)).toBe(true);
    const failed = rows.filter((row) => row.Status === 'Fail');
    expect(failed.length).toBeGreaterThan(5);
    expect(failed.length).toBeLessThan(40);
    expect(failed.every((row) => row.Message !== '')).toBe(true);
  }
});

it('the initial lists have empty, Chinese and emoji names, and GmtCreate differs from CreateTime', () => {
  const rows = seedJobs('Basic', 271).map(({ row }) => row);
  expect(rows.some((row) => row.VoiceName === '')).toBe(true);
  expect(rows.some((row) => /\p{Script=Han}/u.test(row.VoiceName))).toBe(true);
  expect(rows.some((row) => /\p{Extended_Pictographic}/u.test(row.VoiceName))).toBe(true);
  expect(rows.filter((row) => row.GmtCreate !== row.CreateTime).length).toBeGreaterThan(100);
});
