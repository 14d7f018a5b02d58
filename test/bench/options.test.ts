import { expect, test } from 'vitest';
import { MODES, PEERS, parseOptions, UsageError } from '../../tools/bench/options.ts';

test('bench options default to everything, in three rounds', () => {
  expect(parseOptions([])).toEqual({
    quick: false,
    only: PEERS,
    modes: MODES,
    rounds: 3,
    seconds: 5,
    longSeconds: 10,
    connections: 32,
    out: undefined,
    markdown: undefined,
  });
});

test('bench options override the defaults and --quick; names keep the order of the report', () => {
  const options = parseOptions([
    '--quick',
    '--seconds=3',
    '--only=gateway,node',
    '--modes=warm,hot',
    '--out=a=b.json',
  ]);
  expect(options).toMatchObject({ quick: true, rounds: 1, seconds: 3, longSeconds: 3, out: 'a=b.json' });
  expect(options.only).toEqual(['node', 'gateway']);
  expect(options.modes).toEqual(['hot', 'warm']);
});

test.each([
  ['--fast', /no option --fast.*--quick.*--modes/s],
  ['quick', /no option quick/],
  ['--only=gateway,yoga', /--only takes node, proxy, gateway, apollo, hive, tailcall; not "yoga"/],
  ['--modes=', /no option --modes=/],
  ['--modes', /--modes takes a value/],
  ['--quick=yes', /--quick takes no value/],
  ['--rounds=0', /--rounds takes a whole number from 1 to 100; not "0"/],
  ['--seconds=1.5', /--seconds takes a whole number from 1 to 600; not "1.5"/],
])('the bench rejects %s and says what is allowed', (arg, message) => {
  expect(() => parseOptions([arg])).toThrow(UsageError);
  expect(() => parseOptions([arg])).toThrow(message);
});
