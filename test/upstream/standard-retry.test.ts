import { expect, test } from 'vitest';
import { backoffMs, RetryBudget, retryDelayMs } from '../../src/upstream/resilience/retry-rules.ts';

/**
 * The cases that the AWS SDKs share for their "standard retry mode" ("Retry Behavior 2.0"), as in smithy-swift's
 * RetryIntegrationTests and smithy-python's retry tests; random is 1 in both. The token bucket is the same: a retry costs 5
 * of 500 tokens, the last retry of a success is refunded, and a success without retries adds 1.
 *
 * Waits differ: theirs are 1 s, 2 s, 4 s up to 20 s, with up to 5 attempts. Here a person waits, for at most 5 s: so 100 ms,
 * 200 ms, 400 ms up to 2 s, and 3 attempts, which is their default, too.
 */
interface Case {
  readonly title: string;
  readonly tokens: number;
  /** The result of each attempt of one call, and the expected tokens and wait in milliseconds after it. */
  readonly tries: readonly (readonly [status: 200 | 500 | 502, tokens: number, waitMs?: number])[];
  readonly ends: 'in success' | 'out of tries' | 'out of tokens';
}

const CASES: readonly Case[] = [
  {
    title: 'retries eventually succeed',
    tokens: 500,
    tries: [
      [500, 495, 100],
      [500, 490, 200],
      [200, 495],
    ],
    ends: 'in success',
  },
  {
    title: 'a call fails at the most tries',
    tokens: 500,
    tries: [
      [502, 495, 100],
      [502, 490, 200],
      [502, 490],
    ],
    ends: 'out of tries',
  },
  {
    title: 'the quota is used up after a single retry',
    tokens: 5,
    tries: [
      [500, 0, 100],
      [502, 0],
    ],
    ends: 'out of tokens',
  },
  { title: 'there are no retries when the quota is 0', tokens: 0, tries: [[500, 0]], ends: 'out of tokens' },
  {
    title: 'a rest of the quota that is too small stays',
    tokens: 9,
    tries: [
      [500, 4, 100],
      [502, 4],
    ],
    ends: 'out of tokens',
  },
];

test.each(CASES)('AWS standard retry: $title', ({ tokens, tries, ends }) => {
  const budget = new RetryBudget(tokens);
  expect(play(budget, tries)).toBe(ends);
});

function play(budget: RetryBudget, tries: Case['tries']): Case['ends'] | undefined {
  for (const [index, [status, tokens, waitMs]] of tries.entries()) {
    const end = after(budget, status, index + 1, waitMs);
    expect(budget.tokens).toBe(tokens);
    if (end !== undefined) {
      expect(index + 1).toBe(tries.length);
      return end;
    }
  }
  return undefined;
}

function after(budget: RetryBudget, status: number, tries: number, expectedMs?: number) {
  if (status === 200) {
    budget.succeeded(tries - 1);
    return 'in success';
  }
  const waitMs = retryDelayMs(
    { kind: 'later', attempts: tries, leftMs: 20_000, retryAfterMs: undefined },
    () => 1,
  );
  if (waitMs === undefined) return 'out of tries';
  if (!budget.take()) return 'out of tokens';
  expect(waitMs).toBe(expectedMs);
  return undefined;
}

test('AWS standard retry: waits double with each attempt', () => {
  expect([1, 2, 3, 4].map((tries) => backoffMs(tries, () => 1))).toEqual([100, 200, 400, 800]);
});

test('AWS standard retry: waits are capped at the maximum', () => {
  expect([5, 6, 7, 50].map((tries) => backoffMs(tries, () => 1))).toEqual([1600, 2000, 2000, 2000]);
});

test('AWS standard retry: successes refill the token bucket', () => {
  const budget = new RetryBudget(10);
  play(budget, [
    [500, 5, 100],
    [502, 0, 200],
    [200, 5],
  ]);
  play(budget, [
    [500, 0, 100],
    [200, 5],
  ]);
  play(budget, [[200, 6]]);
});

test('AWS standard retry: the token bucket never exceeds its capacity', () => {
  const budget = new RetryBudget();
  play(budget, [[200, 500]]);
  play(budget, [
    [500, 495, 100],
    [200, 500],
  ]);
});

test('AWS standard retry: concurrent calls share the token bucket', () => {
  const budget = new RetryBudget();
  expect([budget.take(), budget.take(), budget.take()]).toEqual([true, true, true]);
  budget.succeeded(2);
  budget.succeeded(1);
  expect(budget.tokens).toBe(495);
});
