import { expect, test } from 'vitest';
import { formatsOf, momentOf } from '../../console/src/words/formats.ts';

const en = formatsOf('en');
const zh = formatsOf('zh-CN');
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const now = Date.parse('2026-03-15T12:00:00Z');

test.each([
  [59 * SECOND, 'now', '现在'],
  [MINUTE, '1 minute ago', '1分钟前'],
  [59 * MINUTE + 59 * SECOND, '59 minutes ago', '59分钟前'],
  [HOUR, '1 hour ago', '1小时前'],
  [47 * HOUR, '47 hours ago', '47小时前'],
  [48 * HOUR, '2 days ago', '2天前'],
  [13.9 * DAY, '13 days ago', '13天前'],
  [14 * DAY, '2 weeks ago', '2周前'],
  [60 * DAY, '8 weeks ago', '8周前'],
  [61 * DAY, '2 months ago', '2个月前'],
  [730 * DAY, '23 months ago', '23个月前'],
  [731 * DAY, '2 years ago', '2年前'],
])('%d ms ago is as far as its whole units say', (ms, english, chinese) => {
  expect(en.relative(now - ms, now)).toBe(english);
  expect(zh.relative(now - ms, now)).toBe(chinese);
});

test('a moment that is still to come, by a clock that is ahead, is told as one', () => {
  expect(en.relative(now + 3 * MINUTE, now)).toBe('in 3 minutes');
  expect(en.relative(now + 30 * SECOND, now)).toBe('now');
});

test.each([
  [0, '0s'],
  [1, '1s'],
  [1000, '1s'],
  [1001, '2s'],
  [59_001, '1m'],
  [65_000, '1m 5s'],
])('%d ms to wait are %s, and never less than they are', (ms, text) => {
  expect(en.wait(ms)).toBe(text);
});

test('what has passed is not waited for', () => {
  expect(en.wait(-5000)).toBe('0s');
  expect(zh.wait(12_000)).toBe('12秒');
});

test('a share that rounds to nothing is not told as nothing', () => {
  expect(en.share(0)).toBe('0%');
  expect(en.share(1 / 1000)).toBe('<1%');
  expect(en.share(0.125)).toBe('13%');
  expect(en.share(1)).toBe('100%');
});

test('the exact time names the second and the time zone, in 24 hours', () => {
  const midnight = new Date(2024, 1, 3, 0, 4, 5).getTime();
  expect(en.exact(midnight)).toMatch(/^Feb 3, 2024, 00:04:05 \S+$/);
  expect(zh.exact(midnight)).toMatch(/^2024年2月3日.*00:04:05/);
  expect(en.timeZone).toBe(new Intl.DateTimeFormat().resolvedOptions().timeZone);
});

test('numbers are grouped as the language groups them', () => {
  expect(en.number(12_345)).toBe('12,345');
  expect(zh.number(12_345)).toBe('12,345');
});

test('the formats of a language are made once', () => {
  expect(formatsOf('en')).toBe(en);
});

test.each([null, undefined, '', 'yesterday'])('%j is no moment', (text) => {
  expect(momentOf(text)).toBeUndefined();
});

test('a moment of the API is read to the second', () => {
  expect(momentOf('2023-04-01T06:23:59Z')).toBe(Date.UTC(2023, 3, 1, 6, 23, 59));
});
