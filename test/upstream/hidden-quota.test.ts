import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { fc, runs } from '../runs.ts';
import { useFakeClock } from './limited-calls.ts';
import { SimulatedAccount, type Simulation } from './simulated-account.ts';

beforeEach(useFakeClock);
afterEach(() => {
  vi.useRealTimers();
});

/** Small quotas as often as large ones. */
const QUOTA = fc
  .double({ min: Math.log(2), max: Math.log(200), noNaN: true })
  .map((log) => Math.round(Math.exp(log)));

const SIMULATION = fc
  .record({
    quota: QUOTA,
    factor: fc.double({ min: 1, max: 10, noNaN: true }),
    counting: fc.constantFrom('fixed' as const, 'sliding' as const),
    latencyMs: fc.integer({ min: 1, max: 500 }),
    tellsWait: fc.boolean(),
    deadlineMs: fc.integer({ min: 1000, max: 5000 }),
  })
  .map(
    ({ factor, ...rest }): Simulation => ({
      ...rest,
      max: Math.max(rest.quota + 1, Math.round(rest.quota * factor)),
    }),
  );

/** Enough callers that one always wants to send. */
const crowdFor = ({ quota, max, latencyMs }: Simulation) =>
  20 + Math.ceil(2 * Math.min(quota, max) * (1 + latencyMs / 1000));

function expectWithin(account: SimulatedAccount, { quota }: Simulation, from: number, to: number): void {
  const { taken, throttled } = account.between(from, to);
  expect(throttled).toBeLessThanOrEqual(Math.max(1, 0.01 * (taken + throttled)));
  expect(taken).toBeGreaterThanOrEqual(0.9 * quota * (to - from));
}

function run(simulation: Simulation, seconds: number): SimulatedAccount {
  vi.clearAllTimers();
  vi.useRealTimers();
  useFakeClock();
  const account = new SimulatedAccount(simulation);
  account.keepBusy(crowdFor(simulation));
  vi.advanceTimersByTime(seconds * 1000);
  return account;
}

test('property: after ten seconds, an unknown quota is used and rarely exceeded', () => {
  fc.assert(
    fc.property(SIMULATION, (simulation) => {
      const account = run(simulation, 30);
      expectWithin(account, simulation, 10, 30);
      expect(account.late).toBe(0);
    }),
    { numRuns: runs(60) },
  );
});

test('property: no second contains more requests than the maximum, whatever was learned', () => {
  fc.assert(
    fc.property(SIMULATION, (simulation) => {
      const { calls } = run(simulation, 6);
      for (const [index, { sentAt = 0 }] of calls.sent.entries()) {
        const next = calls.sent[index + simulation.max]?.sentAt;
        if (next !== undefined) expect(next - sentAt).toBeGreaterThanOrEqual(1000);
      }
    }),
    { numRuns: runs(20) },
  );
});

describe('an unknown quota in the long run', () => {
  const ACCOUNT: Simulation = {
    quota: 10,
    max: 50,
    counting: 'fixed',
    latencyMs: 40,
    tellsWait: true,
    deadlineMs: 5000,
  };

  test.each([2, 3, 5, 10, 50])(
    'causes at most one throttled request in a hundred at a quota of %i',
    (quota) => {
      const account = run({ ...ACCOUNT, quota, max: 3 * quota }, 610);
      const { taken, throttled } = account.between(10, 610);
      expect(throttled).toBeLessThanOrEqual(0.01 * (taken + throttled));
      expect(taken).toBeGreaterThanOrEqual(0.9 * quota * 600);
    },
  );

  test('that is raised is found within two minutes', () => {
    const simulation = { ...ACCOUNT };
    const account = run(simulation, 30);
    simulation.quota = 40;
    vi.advanceTimersByTime(120_000);
    expectWithin(account, simulation, 140, 150);
  });

  test('that is lifted is found, and then bursts are allowed again', () => {
    const simulation = { ...ACCOUNT };
    const account = run(simulation, 30);
    simulation.quota = 10_000;
    vi.advanceTimersByTime(120_000);
    expect(account.calls.limiter.requestsPerSecond).toBe(50);
    expect(account.between(140, 150).taken).toBeGreaterThanOrEqual(0.99 * 500);
  });

  test('that is lowered is found within ten seconds', () => {
    const simulation = { ...ACCOUNT, quota: 40 };
    const account = run(simulation, 30);
    simulation.quota = 8;
    vi.advanceTimersByTime(30_000);
    expectWithin(account, simulation, 40, 60);
  });

  test('regression: one badly timed request cost a twentieth of the quota for half a minute', () => {
    const simulation = { ...ACCOUNT };
    const account = run(simulation, 15);
    simulation.quota = 0;
    vi.advanceTimersByTime(100);
    simulation.quota = 10;
    vi.advanceTimersByTime(14_900);
    expect(account.between(15, 16).throttled).toBe(1);
    expect(account.between(17, 30).taken).toBeGreaterThanOrEqual(0.94 * 10 * 13);
  });

  test('regression: after ten seconds of complete throttling, recovery took two minutes', () => {
    const simulation = { ...ACCOUNT, quota: 10_000, max: 100 };
    const account = run(simulation, 10);
    simulation.quota = 0;
    vi.advanceTimersByTime(10_000);
    simulation.quota = 10_000;
    vi.advanceTimersByTime(20_000);
    expect(account.between(20, 25).taken).toBeGreaterThan(0);
    expect(account.between(32, 40).taken).toBeGreaterThanOrEqual(0.9 * 100 * 8);
  });

  test('isolated throttling costs little', () => {
    const simulation = { ...ACCOUNT, quota: 10_000, max: 20 };
    const account = run(simulation, 10);
    simulation.quota = 0;
    vi.advanceTimersByTime(60);
    simulation.quota = 10_000;
    vi.advanceTimersByTime(9_940);
    expect(account.between(10, 20).throttled).toBeGreaterThan(0);
    expect(account.between(12, 20).taken).toBeGreaterThanOrEqual(0.9 * 20 * 8);
  });
});
