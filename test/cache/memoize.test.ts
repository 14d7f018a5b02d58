import { expect, test } from 'vitest';
import { memoize } from '../../src/cache/memoize.ts';

test('memoize computes a result once, null included, and again after ten thousand other keys', () => {
  const computed: string[] = [];
  const length = memoize((text) => {
    computed.push(text);
    return text === 'none' ? null : text.length;
  });
  expect([length('abc'), length('none'), length('abc'), length('none')]).toEqual([3, null, 3, null]);
  expect(computed).toEqual(['abc', 'none']);
  for (let other = 0; other < 10_000; other++) length(String(other));
  expect(length('abc')).toBe(3);
  expect(computed.filter((text) => text === 'abc')).toHaveLength(2);
});
