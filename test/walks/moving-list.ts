import type { Emulator } from '../../emulator/emulator.ts';
import type { JobRow, JobType } from '../../emulator/job.ts';
import { fc } from '../runs.ts';

/** One change of the upstream's list. Numbers are taken modulo what exists. */
export type Change =
  | { readonly kind: 'insert'; readonly jobs: number }
  | { readonly kind: 'remove'; readonly at: readonly number[] }
  | { readonly kind: 'removeCursor'; readonly above: number; readonly below: number }
  | { readonly kind: 'swap'; readonly jobs: number; readonly below: boolean }
  | { readonly kind: 'shrink'; readonly keep: number }
  | { readonly kind: 'clear' }
  | { readonly kind: 'rest' };

/** A change and its time: before a page is requested, or during one of its upstream reads. */
export interface Step {
  readonly type: JobType;
  readonly when: 'between' | 'during';
  readonly change: Change;
}

const change: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('insert' as const), jobs: fc.integer({ min: 1, max: 5 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('insert' as const), jobs: fc.constant(150) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('remove' as const),
      at: fc.array(fc.nat(999), { maxLength: 6 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('removeCursor' as const), above: fc.nat(3), below: fc.nat(3) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('swap' as const),
      jobs: fc.integer({ min: 1, max: 12 }),
      below: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('shrink' as const), keep: fc.nat(60) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'clear' as const }) },
  { weight: 4, arbitrary: fc.constant({ kind: 'rest' as const }) },
);

export const steps = (types: readonly JobType[], maxLength: number): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.record({
      type: fc.constantFrom(...types),
      when: fc.constantFrom('between' as const, 'during' as const),
      change,
    }),
    { maxLength },
  );

/** Applies a change to the emulator. @param cursorJobId row of the current cursor */
export function apply(emulator: Emulator, { type, change }: Step, cursorJobId: string | undefined): void {
  const ids = emulator.list(type).map(({ JobId }) => JobId);
  const at = cursorJobId === undefined ? -1 : ids.indexOf(cursorJobId);
  const remove = (jobIds: Iterable<string | undefined>) => {
    for (const jobId of new Set(jobIds)) if (jobId !== undefined) emulator.remove(jobId);
  };
  switch (change.kind) {
    case 'insert':
      emulator.insertMany(type, change.jobs);
      break;
    case 'remove':
      if (ids.length > 0) remove(change.at.map((index) => ids[index % ids.length]));
      break;
    case 'removeCursor':
      if (at !== -1) remove(ids.slice(Math.max(0, at - change.above), at + 1 + change.below));
      break;
    case 'swap': {
      const side = change.below ? ids.slice(at + 1) : ids.slice(0, Math.max(0, at));
      remove(side.slice(0, change.jobs));
      emulator.insertMany(type, Math.min(change.jobs, side.length));
      break;
    }
    case 'shrink':
      remove(ids.slice(change.keep));
      break;
    case 'clear':
      emulator.clear(type);
      break;
    case 'rest':
      break;
  }
}

/** Layout of creation times: each row in its own second, runs of rows in one second, or all rows in one second. */
export type Times = 'apart' | 'in runs' | 'equal';

/** Recreates a list with `length` jobs, newest first. */
export function refill(emulator: Emulator, type: JobType, length: number, times: Times): void {
  emulator.clear(type);
  const rows = emulator.insertMany(type, length);
  const newest = Date.parse('2025-06-01T12:00:00Z');
  emulator.replace(
    type,
    rows.map((row, index): JobRow => {
      const second = { apart: index * 7, 'in runs': Math.floor(index / 4) * 7, equal: 0 }[times];
      return { ...row, CreateTime: `${new Date(newest - second * 1000).toISOString().slice(0, 19)}Z` };
    }),
  );
  emulator.resetHistory();
}
