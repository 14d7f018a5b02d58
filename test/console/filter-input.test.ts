import { expect, test } from 'vitest';
import {
  dayBefore,
  isEmpty,
  type JobFilter,
  keyOf,
  NO_FILTER,
  stillMatches,
  toInput,
} from '../../console/src/filter/filter.ts';

const filter = (part: Partial<JobFilter>): JobFilter => ({ ...NO_FILTER, ...part });
const midnight = (year: number, month: number, day: number) => new Date(year, month - 1, day).toISOString();

test('what is not asked for is not sent, and values are in one order', () => {
  expect(toInput(NO_FILTER)).toEqual({});
  expect(isEmpty(filter({ text: '  ' }))).toBe(true);
  const [one, other] = [filter({ status: ['FAIL', 'TRAINING'] }), filter({ status: ['TRAINING', 'FAIL'] })];
  expect(toInput(one)).toEqual({ status: ['TRAINING', 'FAIL'] });
  expect(keyOf(one)).toBe(keyOf(other));
});

test('a text of an address is cut to what the API takes: 100 code points, no half of a character', () => {
  expect([...(toInput(filter({ text: '🎧'.repeat(200) })).text ?? '')]).toHaveLength(100);
  expect(toInput(filter({ text: 'a\ud83c' })).text?.isWellFormed()).toBe(true);
});

test('both days are in the range, from midnight to midnight of the viewer', () => {
  expect(toInput(filter({ from: '2026-02-28', to: '2026-03-01' }))).toEqual({
    createdFrom: midnight(2026, 2, 28),
    createdBefore: midnight(2026, 3, 2),
  });
});

test('days the wrong way round are turned, and what is no day is left out', () => {
  expect(toInput(filter({ from: '2026-03-02', to: '2026-03-01' }))).toEqual({
    createdFrom: midnight(2026, 3, 1),
    createdBefore: midnight(2026, 3, 3),
  });
  for (const day of ['2026-02-30', '2026-13-01', 'today', '', '99999-01-01'])
    expect(toInput(filter({ from: day, to: day }))).toEqual({});
});

test('a day some days before is one of the calendar, over months too', () => {
  expect(dayBefore(new Date(2026, 2, 1, 12).getTime(), 1)).toBe('2026-02-28');
  expect(dayBefore(new Date(2026, 0, 1, 0).getTime(), 0)).toBe('2026-01-01');
});

test('a job in a status that is not asked for matches no longer, nor does one in a status that the schema does not know', () => {
  const training = filter({ status: ['TRAINING'] });
  expect(stillMatches(training, { status: 'TRAINING' })).toBe(true);
  expect(stillMatches(training, { status: 'SUCCESS' })).toBe(false);
  expect(stillMatches(training, { status: null })).toBe(false);
  expect(stillMatches(filter({ text: 'a' }), { status: null })).toBe(true);
});
