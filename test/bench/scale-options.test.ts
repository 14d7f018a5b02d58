import { expect, test } from 'vitest';
import { UsageError } from '../../tools/bench/options.ts';
import { parseScaleOptions } from '../../tools/bench/scale/options.ts';

test('bench:scale options default to loads of ten TTLs', () => {
  expect(parseScaleOptions([])).toEqual({
    growth: false,
    quick: false,
    longSeconds: 20,
    out: undefined,
    markdown: undefined,
  });
});

test('bench:scale options override the defaults and --quick', () => {
  expect(parseScaleOptions(['--growth'])).toMatchObject({ growth: true, quick: false });
  expect(parseScaleOptions(['--quick'])).toMatchObject({ quick: true, longSeconds: 4 });
  expect(parseScaleOptions(['--quick', '--seconds=3', '--out=a=b.json', '--markdown=c.md'])).toEqual({
    growth: false,
    quick: true,
    longSeconds: 12,
    out: 'a=b.json',
    markdown: 'c.md',
  });
});

test.each([
  ['--fast', /no option --fast.*--quick.*--seconds/s],
  ['--modes=hot', /no option --modes=hot/],
  ['--connections=10', /no option --connections=10/],
  ['--out', /--out takes a value/],
  ['--quick=yes', /--quick takes no value/],
  ['--seconds=0', /--seconds takes a whole number from 1 to 150; not "0"/],
  ['--seconds=151', /not "151"/],
])('bench:scale rejects %s and says what is allowed', (arg, message) => {
  expect(() => parseScaleOptions([arg])).toThrow(UsageError);
  expect(() => parseScaleOptions([arg])).toThrow(message);
  expect(() => parseScaleOptions(['--quick', '--quick'])).toThrow('given twice');
});
