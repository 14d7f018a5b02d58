import { expect, test } from 'vitest';
import {
  daysBefore,
  isEmpty,
  type JobFilter,
  keyOf,
  NO_FILTER,
  stillMatches,
  toInput,
} from '../../console/src/filter/filter.ts';

const filter = (part: Partial<JobFilter>): JobFilter => ({ ...NO_FILTER, ...part });
const midnight = (year: number, month: number, day: number) => new Date(year, month - 1, day).toISOString();

test('omits empty conditions and sends values in a fixed order', () => {
  expect(toInput(NO_FILTER)).toEqual({});
  expect(isEmpty(filter({ text: '  ' }))).toBe(true);
  const [one, other] = [filter({ status: ['FAIL', 'TRAINING'] }), filter({ status: ['TRAINING', 'FAIL'] })];
  expect(toInput(one)).toEqual({ status: ['TRAINING', 'FAIL'] });
  expect(keyOf(one)).toBe(keyOf(other));
});

test('cuts a text from the address to 100 code points and never splits a character', () => {
  expect([...(toInput(filter({ text: '🎧'.repeat(200) })).text ?? '')]).toHaveLength(100);
  expect(toInput(filter({ text: 'a\ud83c' })).text?.isWellFormed()).toBe(true);
});

test("includes both days, from midnight to midnight in the user's time zone", () => {
  expect(toInput(filter({ from: '2026-02-28', to: '2026-03-01' }))).toEqual({
    createdFrom: midnight(2026, 2, 28),
    createdBefore: midnight(2026, 3, 2),
  });
});

test('swaps days in the wrong order and ignores malformed days', () => {
  expect(toInput(filter({ from: '2026-03-02', to: '2026-03-01' }))).toEqual({
    createdFrom: midnight(2026, 3, 1),
    createdBefore: midnight(2026, 3, 3),
  });
  for (const day of ['2026-02-30', '2026-13-01', 'today', '', '99999-01-01'])
    expect(toInput(filter({ from: day, to: day }))).toEqual({});
});

test('computes earlier days across month boundaries', () => {
  expect(daysBefore(new Date(2026, 2, 1, 12).getTime(), 1)).toBe('2026-02-28');
  expect(daysBefore(new Date(2026, 0, 1, 0).getTime(), 0)).toBe('2026-01-01');
});

test('a job no longer matches when its status is another or unknown to the schema', () => {
  const training = filter({ status: ['TRAINING'] });
  expect(stillMatches(training, { status: 'TRAINING' })).toBe(true);
  expect(stillMatches(training, { status: 'SUCCESS' })).toBe(false);
  expect(stillMatches(training, { status: null })).toBe(false);
  expect(stillMatches(filter({ text: 'a' }), { status: null })).toBe(true);
});
