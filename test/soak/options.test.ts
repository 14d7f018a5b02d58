import { expect, test } from 'vitest';
import { parseOptions, UsageError } from '../../tools/soak/options.ts';

test('soak options default to thirty clients, ten minutes and a random seed', () => {
  const { seed, ...rest } = parseOptions([]);
  expect(rest).toEqual({ minutes: 10, clients: 30 });
  expect(Number.isInteger(seed)).toBe(true);
  expect(parseOptions([]).seed).not.toBe(seed);
});

test('soak options override the defaults', () => {
  expect(parseOptions(['--clients=12', '--minutes=60', '--seed=0'])).toEqual({
    minutes: 60,
    seed: 0,
    clients: 12,
  });
});

test.each([
  ['--hours=1', /no option --hours=1.*--minutes=10/s],
  ['minutes=1', /no option minutes=1/],
  ['--minutes', /no option --minutes/],
  ['--toString=1', /no option --toString=1/],
  ['--minutes=', /--minutes takes a whole number from 1 to 10000; not ""/],
  ['--minutes=0', /--minutes takes a whole number from 1 to 10000; not "0"/],
  ['--minutes=1.5', /--minutes takes a whole number from 1 to 10000; not "1.5"/],
  ['--clients=11', /--clients takes a whole number from 12 to 1000; not "11"/],
  ['--seed=4294967296', /--seed takes a whole number from 0 to 4294967295/],
])('the soak rejects %s and says what is allowed', (arg, message) => {
  expect(() => parseOptions([arg])).toThrow(UsageError);
  expect(() => parseOptions([arg])).toThrow(message);
});

test('the soak rejects a repeated option', () => {
  expect(() => parseOptions(['--seed=1', '--seed=2'])).toThrow('--seed is given twice');
});
