import { expect, test } from 'vitest';
import { fullSpeed, openLoop } from '../../tools/bench/load/open-loop.ts';
import { readResult } from '../../tools/bench/load/wrk.ts';
import type { Figures } from '../../tools/bench/modes/mode.ts';
import type { ModeName } from '../../tools/bench/options.ts';
import { closure } from '../../tools/bench/packages.ts';
import { markdown, plain } from '../../tools/bench/report/table.ts';
import { Results } from '../../tools/bench/results.ts';
import { percentile, summarise } from '../../tools/bench/statistics.ts';
import { usageOf } from '../../tools/bench/usage.ts';
import { verdicts } from '../../tools/bench/verdicts.ts';

test('the median of an even number of values is between the two middle ones', () => {
  expect(summarise([9, 1, 5])).toEqual({ median: 5, min: 1, max: 9 });
  expect(summarise([4, 1, 2, 9])).toEqual({ median: 3, min: 1, max: 9 });
  expect(() => summarise([])).toThrow(RangeError);
});

test('a percentile is one of the measured values', () => {
  const values = Array.from({ length: 200 }, (_, index) => 200 - index);
  expect([1, 50, 99, 100].map((percent) => percentile(values, percent))).toEqual([2, 100, 198, 200]);
  expect(percentile([7], 99)).toBe(7);
});

test('wrk results with failed or short responses are rejected', () => {
  const written = (changes: object) =>
    `noise\n${JSON.stringify({ responses: 10, micros: 1e6, bytes: 1500, badStatus: 0, brokenSockets: 0, cpuMicros: 1, p50Micros: 1, p99Micros: 2, ...changes })}\n`;
  const texts = ['a'.repeat(100), 'b'.repeat(140)];
  expect(readResult(written({}), texts)).toMatchObject({ responses: 10, p99Micros: 2 });
  expect(() => readResult(written({ badStatus: 3 }), texts)).toThrow('3 of 10 responses were not 2xx');
  expect(() => readResult(written({ brokenSockets: 1 }), texts)).toThrow('1 connections failed');
  expect(() => readResult(written({ bytes: 1100 }), texts)).toThrow('too short');
  expect(() => readResult(written({ responses: 0 }), texts)).toThrow('no responses');
});

test('an open loop measures from the time when a request was due, whatever earlier ones do', async () => {
  let running = 0;
  let most = 0;
  const { tookMs, atFullSpeed } = await openLoop(20, 200, async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setTimeout(resolve, 50));
    running -= 1;
  });
  expect(tookMs).toHaveLength(20);
  expect(atFullSpeed).toHaveLength(20);
  expect(Math.min(...tookMs)).toBeGreaterThanOrEqual(49);
  expect(most).toBeGreaterThan(5);
  await expect(openLoop(2, 200, () => Promise.reject(new Error('wrong')))).rejects.toThrow('wrong');
});

test('a request counts as at full speed only if no probe from the margin before it to its end took twice the median', () => {
  const probesMs = [1, 1, 1, 1, 2, 1, 1, 1, 1, 1];
  // Each request takes two periods, the last three only one.
  const tookMs = [10, 10, 10, 10, 10, 10, 10, 5, 5, 5];
  expect(fullSpeed(tookMs, probesMs, 5, 0)).toEqual([
    true,
    true,
    false,
    false,
    false,
    ...Array(5).fill(true),
  ]);
  expect(fullSpeed(tookMs, probesMs, 5, 10)).toEqual([
    ...[true, true, false, false, false, false, false],
    ...[true, true, true],
  ]);
  expect(fullSpeed([5, 5], [1, 1.9], 5, 0)).toEqual([true, true]);
});

test('the packages of a peer are resolved as Node does', () => {
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

test('the resource usage of a process is its own, and zero after it has ended', () => {
  expect(usageOf(process.pid).rssBytes).toBeGreaterThan(10e6);
  expect(usageOf(process.pid).cpuMicros).toBeGreaterThan(0);
  expect(usageOf(2 ** 30)).toEqual({ cpuMicros: 0, rssBytes: 0 });
});

/** Results of one mode from figures by peer, one array item per round. */
function resultsOf(mode: ModeName, rounds: readonly Record<string, Figures>[]): Results {
  const results = new Results();
  for (const round of rounds) results.add(mode, new Map(Object.entries(round)));
  return results;
}

test('rates of peers are compared within a round, and the median of the rounds decides about a target', () => {
  const rounds = [
    [1000, 800],
    [2000, 1000],
    [1000, 760],
  ].map(([node, gateway]) => ({
    node: { responsesPerSecond: Number(node) },
    gateway: { responsesPerSecond: Number(gateway) },
  }));
  const results = resultsOf('hot', rounds);
  expect(results.summary('hot', 'gateway', 'ratio')).toEqual({ median: 0.76, min: 0.5, max: 0.8 });
  expect(verdicts(results)).toEqual([
    { target: 'hot: responses a second at least 0.75 × node', found: '0.76 (0.50–0.80) ×', met: true },
  ]);
});

test.each([
  ['hot', 1, 'with its cache'],
  ['warm', 0.7, 'with its cache'],
  ['cold', 1.7, 'without cache'],
] as const)(
  '%s: the target of CPU per response is met up to %d times that of Tailcall',
  (mode, factor, cache) => {
    const judged = (cpuMicrosPerResponse: number) =>
      verdicts(
        resultsOf(mode, [{ gateway: { cpuMicrosPerResponse }, tailcall: { cpuMicrosPerResponse: 100 } }]),
      );
    const target = `${mode}: CPU per response at most ${factor} × tailcall ${cache}`;
    expect(judged(factor * 100)).toMatchObject([{ target, met: true }]);
    expect(judged(factor * 100 + 1)).toMatchObject([{ target, met: false }]);
  },
);

test("the latency target is the difference to Tailcall's p99 in the same round", () => {
  const rounds = [
    { gateway: { p99Ms: 90 }, tailcall: { p99Ms: 89 } },
    { gateway: { p99Ms: 53 }, tailcall: { p99Ms: 51.25 } },
    { gateway: { p99Ms: 52.5 }, tailcall: { p99Ms: 51 } },
  ];
  const target = "latency: p99 with an upstream of 50 ms at most 1.5 ms above tailcall's";
  expect(verdicts(resultsOf('latency', rounds))).toEqual([
    { target, found: '1.50 (1.00–1.75) ms', met: true },
  ]);
});

test('tables are aligned for a terminal, and formatted for Markdown', () => {
  const cells = [
    ['', 'responses/s', 'p50 ms'],
    ['node', '12,345', '1.0'],
    ['gateway', '9', '12.0'],
  ];
  expect(plain(cells)).toBe(
    '         responses/s  p50 ms\nnode          12,345     1.0\ngateway            9    12.0',
  );
  expect(markdown(cells)).toBe(
    '|  | responses/s | p50 ms |\n| --- | --: | --: |\n| node | 12,345 | 1.0 |\n| gateway | 9 | 12.0 |',
  );
});
