import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { fc, runs } from '../runs.ts';
import { stopTheClock } from './rate-limited.ts';
import { SimulatedAccount, type Simulation } from './simulated-account.ts';

beforeEach(stopTheClock);
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

/** So many that there is always somebody who wants to send. */
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
  stopTheClock();
  const account = new SimulatedAccount(simulation);
  account.keepBusy(crowdFor(simulation));
  vi.advanceTimersByTime(seconds * 1000);
  return account;
}

test('a quota that nobody told is used and hardly ever exceeded after ten seconds', () => {
  fc.assert(
    fc.property(SIMULATION, (simulation) => {
      const account = run(simulation, 30);
      expectWithin(account, simulation, 10, 30);
      expect(account.late).toBe(0);
    }),
    { numRuns: runs(60) },
  );
});

test('no second holds more requests than the maximum, whatever is learnt', () => {
  fc.assert(
    fc.property(SIMULATION, (simulation) => {
      const { turns } = run(simulation, 6);
      for (const [index, { sentAt = 0 }] of turns.sent.entries()) {
        const next = turns.sent[index + simulation.max]?.sentAt;
        if (next !== undefined) expect(next - sentAt).toBeGreaterThanOrEqual(1000);
      }
    }),
    { numRuns: runs(20) },
  );
});

describe('in the long run', () => {
  const ACCOUNT: Simulation = {
    quota: 10,
    max: 50,
    counting: 'fixed',
    latencyMs: 40,
    tellsWait: true,
    deadlineMs: 5000,
  };

  test.each([2, 3, 5, 10, 50])('at most one of a hundred is throttled at a quota of %i', (quota) => {
    const account = run({ ...ACCOUNT, quota, max: 3 * quota }, 610);
    const { taken, throttled } = account.between(10, 610);
    expect(throttled).toBeLessThanOrEqual(0.01 * (taken + throttled));
    expect(taken).toBeGreaterThanOrEqual(0.9 * quota * 600);
  });

  test('a quota that is raised is found within two minutes', () => {
    const simulation = { ...ACCOUNT };
    const account = run(simulation, 30);
    simulation.quota = 40;
    vi.advanceTimersByTime(120_000);
    expectWithin(account, simulation, 140, 150);
  });

  test('a quota that is lifted is found too, and then bursts are allowed again', () => {
    const simulation = { ...ACCOUNT };
    const account = run(simulation, 30);
    simulation.quota = 10_000;
    vi.advanceTimersByTime(120_000);
    expect(account.turns.governor.requestsPerSecond).toBe(50);
    expect(account.between(140, 150).taken).toBeGreaterThanOrEqual(0.99 * 500);
  });

  test('a quota that is lowered is found within ten seconds', () => {
    const simulation = { ...ACCOUNT, quota: 40 };
    const account = run(simulation, 30);
    simulation.quota = 8;
    vi.advanceTimersByTime(30_000);
    expectWithin(account, simulation, 40, 60);
  });

  test('once went wrong: one request that came at a bad moment cost a twentieth of a quota for half a minute', () => {
    const simulation = { ...ACCOUNT };
    const account = run(simulation, 15);
    simulation.quota = 0;
    vi.advanceTimersByTime(100);
    simulation.quota = 10;
    vi.advanceTimersByTime(14_900);
    expect(account.between(15, 16).throttled).toBe(1);
    expect(account.between(17, 30).taken).toBeGreaterThanOrEqual(0.94 * 10 * 13);
  });

  test('once went wrong: after ten seconds in which everything was throttled it took two minutes to be as fast as before', () => {
    const simulation = { ...ACCOUNT, quota: 10_000, max: 100 };
    const account = run(simulation, 10);
    simulation.quota = 0;
    vi.advanceTimersByTime(10_000);
    simulation.quota = 10_000;
    vi.advanceTimersByTime(20_000);
    expect(account.between(20, 25).taken).toBeGreaterThan(0);
    expect(account.between(32, 40).taken).toBeGreaterThanOrEqual(0.9 * 100 * 8);
  });

  test('a throttling out of nowhere costs little', () => {
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
