import { expect, test } from 'vitest';
import { openLoop } from '../../tools/bench/load/open-loop.ts';
import { readResult } from '../../tools/bench/load/wrk.ts';
import { closure } from '../../tools/bench/packages.ts';
import { markdown, plain } from '../../tools/bench/report/table.ts';
import { Results } from '../../tools/bench/results.ts';
import { percentile, summarise } from '../../tools/bench/statistics.ts';
import { usageOf } from '../../tools/bench/usage.ts';
import { verdicts } from '../../tools/bench/verdicts.ts';

test('the median lies between the two middle values of an even number', () => {
  expect(summarise([9, 1, 5])).toEqual({ median: 5, min: 1, max: 9 });
  expect(summarise([4, 1, 2, 9])).toEqual({ median: 3, min: 1, max: 9 });
  expect(() => summarise([])).toThrow(RangeError);
});

test('a percentile is a value that was measured', () => {
  const values = Array.from({ length: 200 }, (_, index) => 200 - index);
  expect([1, 50, 99, 100].map((percent) => percentile(values, percent))).toEqual([2, 100, 198, 200]);
  expect(percentile([7], 99)).toBe(7);
});

test('figures of wrong answers are refused', () => {
  const written = (changes: object) =>
    `noise\n${JSON.stringify({ answers: 10, micros: 1e6, bytes: 1500, badStatus: 0, brokenSockets: 0, cpuMicros: 1, p50Micros: 1, p99Micros: 2, ...changes })}\n`;
  const texts = ['a'.repeat(100), 'b'.repeat(140)];
  expect(readResult(written({}), texts)).toMatchObject({ answers: 10, p99Micros: 2 });
  expect(() => readResult(written({ badStatus: 3 }), texts)).toThrow('3 of 10 answers were not 2xx');
  expect(() => readResult(written({ brokenSockets: 1 }), texts)).toThrow('1 connections failed');
  expect(() => readResult(written({ bytes: 1100 }), texts)).toThrow('too short');
  expect(() => readResult(written({ answers: 0 }), texts)).toThrow('no answers');
});

test('an open loop counts from when an exchange was due, whatever the ones before do', async () => {
  let running = 0;
  let most = 0;
  const tookMs = await openLoop(20, 200, async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setTimeout(resolve, 50));
    running -= 1;
  });
  expect(tookMs).toHaveLength(20);
  expect(Math.min(...tookMs)).toBeGreaterThanOrEqual(49);
  expect(most).toBeGreaterThan(5);
  await expect(openLoop(2, 200, () => Promise.reject(new Error('wrong')))).rejects.toThrow('wrong');
});

test('the packages of a peer are found as Node finds them', () => {
  const lock = {
    '': {},
    'node_modules/a': {
      dependencies: { b: '1' },
      peerDependencies: { p: '1', q: '1' },
      peerDependenciesMeta: { q: { optional: true } },
    },
    'node_modules/a/node_modules/b': { dependencies: { c: '1' } },
    'node_modules/b': { dependencies: { unused: '1' } },
    'node_modules/c': { optionalDependencies: { gone: '1', a: '1' } },
    'node_modules/p': {},
    'node_modules/q': {},
    'node_modules/unused': {},
  };
  expect(closure(lock, ['a']).sort()).toEqual([
    'node_modules/a',
    'node_modules/a/node_modules/b',
    'node_modules/c',
    'node_modules/p',
  ]);
});

test('the usage of a process is its own, and zero once it is gone', () => {
  expect(usageOf(process.pid).rssBytes).toBeGreaterThan(10e6);
  expect(usageOf(process.pid).cpuMicros).toBeGreaterThan(0);
  expect(usageOf(2 ** 30)).toEqual({ cpuMicros: 0, rssBytes: 0 });
});

test('answers are set in relation within a round, and a target is judged by the median of rounds', () => {
  const results = new Results();
  for (const [node, gateway] of [
    [1000, 800],
    [2000, 1000],
    [1000, 760],
  ] as const) {
    results.add(
      'hot',
      new Map([
        ['node', { answersPerSecond: node }],
        ['gateway', { answersPerSecond: gateway }],
      ]),
    );
  }
  expect(results.summary('hot', 'gateway', 'ratio')).toEqual({ median: 0.76, min: 0.5, max: 0.8 });
  expect(verdicts(results)).toEqual([
    { target: 'hot: at least 0.75 × node', found: '0.76 (0.50–0.80) ×', met: true },
  ]);
});

test('tables are aligned for a terminal and ruled for Markdown', () => {
  const cells = [
    ['', 'answers/s', 'p50 ms'],
    ['node', '12,345', '1.0'],
    ['gateway', '9', '12.0'],
  ];
  expect(plain(cells)).toBe(
    '         answers/s  p50 ms\nnode        12,345     1.0\ngateway          9    12.0',
  );
  expect(markdown(cells)).toBe(
    '|  | answers/s | p50 ms |\n| --- | --: | --: |\n| node | 12,345 | 1.0 |\n| gateway | 9 | 12.0 |',
  );
});
