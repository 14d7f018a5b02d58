import { expect, test } from 'vitest';
import { formatsOf, momentOf } from '../../console/src/i18n/formats.ts';

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
])('formats %d ms ago in whole units', (ms, english, chinese) => {
  expect(en.relative(now - ms, now)).toBe(english);
  expect(zh.relative(now - ms, now)).toBe(chinese);
});

test('formats a time in the future, from a clock that runs ahead, as future', () => {
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
])('formats a wait of %d ms as %s, rounded up', (ms, text) => {
  expect(en.wait(ms)).toBe(text);
});

test('formats a wait that has passed as zero', () => {
  expect(en.wait(-5000)).toBe('0s');
  expect(zh.wait(12_000)).toBe('12秒');
});

test('formats a small share as less than one percent, not as zero', () => {
  expect(en.share(0)).toBe('0%');
  expect(en.share(1 / 1000)).toBe('<1%');
  expect(en.share(0.125)).toBe('13%');
  expect(en.share(1)).toBe('100%');
});

test('formats an exact time with seconds and time zone on a 24-hour clock', () => {
  const midnight = new Date(2024, 1, 3, 0, 4, 5).getTime();
  expect(en.exact(midnight)).toMatch(/^Feb 3, 2024, 00:04:05 \S+$/);
  expect(zh.exact(midnight)).toMatch(/^2024年2月3日.*00:04:05/);
  expect(en.timeZone).toBe(new Intl.DateTimeFormat().resolvedOptions().timeZone);
});

test('groups digits by the language', () => {
  expect(en.number(12_345)).toBe('12,345');
  expect(zh.number(12_345)).toBe('12,345');
});

test('creates the formats of a language once', () => {
  expect(formatsOf('en')).toBe(en);
});

test.each([null, undefined, '', 'yesterday'])('%j is not a valid time', (text) => {
  expect(momentOf(text)).toBeUndefined();
});

test('parses a time of the API to the second', () => {
  expect(momentOf('2023-04-01T06:23:59Z')).toBe(Date.UTC(2023, 3, 1, 6, 23, 59));
});
