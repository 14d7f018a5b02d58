import { expect, test } from 'vitest';
import {
  CIRCUIT,
  CircuitBreaker,
  type CircuitState,
  type Permit,
} from '../../src/upstream/resilience/circuit-breaker.ts';
import { monotonic } from '../monotonic.ts';

/** A circuit breaker with a fake clock. */
function circuitUnderTest(options: Partial<typeof CIRCUIT> = {}) {
  const clock = { now: 1000 };
  const turns: CircuitState[] = [];
  const circuit = new CircuitBreaker(
    (state) => turns.push(state),
    options,
    () => monotonic(clock.now),
  );
  const admit = (): Permit => {
    const permit = circuit.admit();
    if (permit === undefined) throw new Error('nothing may be sent');
    return permit;
  };
  const fail = (times: number) => {
    for (let time = 0; time < times; time++) circuit.failed(admit());
  };
  const answer = (times: number) => {
    for (let time = 0; time < times; time++) circuit.answered(admit());
  };
  return { circuit, clock, turns, admit, fail, answer };
}

const { windowMs, minOutcomes, probeEveryMs } = CIRCUIT;

test('the circuit opens at the minimum number of outcomes if half of them failed, and not before', () => {
  const { circuit, turns, fail, answer } = circuitUnderTest();
  answer(minOutcomes / 2);
  fail(minOutcomes / 2 - 1);
  expect(circuit.state).toBe('closed');
  fail(1);
  expect(circuit.state).toBe('open');
  expect(turns).toEqual(['open']);
});

test('a success never opens the circuit, however many calls failed before', () => {
  const { circuit, fail, answer } = circuitUnderTest();
  fail(minOutcomes - 1);
  answer(1);
  expect(circuit.state).toBe('closed');
});

test('waitMs is the time until a call may be sent', () => {
  const { circuit, clock, fail } = circuitUnderTest();
  expect(circuit.waitMs).toBe(0);
  fail(minOutcomes);
  expect(circuit.waitMs).toBe(probeEveryMs);
  clock.now += 300;
  expect(circuit.waitMs).toBe(probeEveryMs - 300);
  clock.now += 10_000;
  expect(circuit.waitMs).toBe(0);
});

test('hanging probes do not block the next one', () => {
  const { circuit, clock, turns, admit, fail } = circuitUnderTest();
  fail(minOutcomes);
  for (let probe = 0; probe < 5; probe++) {
    clock.now += probeEveryMs - 1;
    expect(circuit.admit()).toBeUndefined();
    clock.now += 1;
    admit();
    expect(circuit.state).toBe('half-open');
    expect(circuit.admit()).toBeUndefined();
  }
  clock.now += probeEveryMs;
  circuit.answered(admit());
  expect(circuit.state).toBe('closed');
  expect(turns).toEqual(['open', 'half-open', 'closed']);
});

test('a late response to an earlier probe closes the circuit, too', () => {
  const { circuit, clock, admit, fail } = circuitUnderTest();
  fail(minOutcomes);
  clock.now += probeEveryMs;
  const slow = admit();
  clock.now += probeEveryMs;
  circuit.failed(admit());
  expect(circuit.state).toBe('half-open');
  circuit.answered(slow);
  expect(circuit.state).toBe('closed');
});

test('a probe whose caller leaves can be sent by the next caller', () => {
  const { circuit, clock, admit, fail } = circuitUnderTest();
  fail(minOutcomes);
  clock.now += probeEveryMs;
  const probe = admit();
  expect(circuit.admit()).toBeUndefined();
  circuit.left(probe);
  expect(circuit.state).toBe('open');
  admit();
  expect(circuit.state).toBe('half-open');
});

test('a caller who leaves while the circuit is closed is no outcome', () => {
  const { circuit, admit, fail } = circuitUnderTest();
  fail(minOutcomes - 1);
  circuit.left(admit());
  expect(circuit.state).toBe('closed');
});

test('outcomes of calls sent before the circuit opened change nothing while it is open', () => {
  const { circuit, clock, turns, admit, fail } = circuitUnderTest();
  const early = Array.from({ length: 3 * minOutcomes }, admit);
  fail(minOutcomes);
  const waitMs = circuit.waitMs;
  clock.now += 10;
  for (const [index, permit] of early.entries()) {
    if (index % 3 === 0) circuit.answered(permit);
    else if (index % 3 === 1) circuit.failed(permit);
    else circuit.left(permit);
  }
  expect(circuit.state).toBe('open');
  expect(circuit.waitMs).toBe(waitMs - 10);
  expect(turns).toEqual(['open']);
});

test('regression: a closed circuit opened again by failures of calls sent before it had first opened', () => {
  const { circuit, clock, turns, admit, fail, answer } = circuitUnderTest();
  const hung = Array.from({ length: 3 * minOutcomes }, admit);
  fail(minOutcomes);
  clock.now += probeEveryMs;
  const hungProbe = admit();
  clock.now += probeEveryMs;
  answer(1);
  for (const permit of [hungProbe, ...hung]) circuit.failed(permit);
  expect(circuit.state).toBe('closed');
  fail(minOutcomes - 1);
  expect(circuit.state).toBe('closed');
  expect(turns).toEqual(['open', 'half-open', 'closed']);
});

test('a probe from an earlier opening counts for nothing after the circuit has opened again', () => {
  const { circuit, clock, turns, admit, fail, answer } = circuitUnderTest();
  fail(minOutcomes);
  clock.now += probeEveryMs;
  const hung = admit();
  clock.now += probeEveryMs;
  answer(1);
  fail(minOutcomes);
  expect(circuit.state).toBe('open');
  circuit.answered(hung);
  expect(circuit.state).toBe('open');
  expect(turns).toEqual(['open', 'half-open', 'closed', 'open']);
});

test('failures leave the window after its length, one tenth at a time', () => {
  const tenthMs = windowMs / 10;
  const { circuit, clock, fail } = circuitUnderTest();
  fail(minOutcomes / 2);
  // In the last tenth of the window they still count.
  clock.now += windowMs - 1;
  fail(minOutcomes / 2 - 1);
  expect(circuit.state).toBe('closed');
  // One tenth later the first ones no longer count.
  clock.now += tenthMs;
  fail(minOutcomes / 2);
  expect(circuit.state).toBe('closed');
  fail(1);
  expect(circuit.state).toBe('open');
});

test.each([1, 2, 3, 7, 9])('the window rolls exactly after %i tenths without any outcome', (tenths) => {
  const tenthMs = windowMs / 10;
  const { circuit, clock, fail } = circuitUnderTest();
  fail(1);
  clock.now += tenths * tenthMs;
  fail(minOutcomes - 2);
  // The last moment before the first one leaves the window.
  clock.now += windowMs - tenths * tenthMs - 1;
  fail(1);
  expect(circuit.state).toBe('open');
});

test.each([1, 2, 3, 7, 9])('an outcome after %i tenths is counted in its own tenth', (tenths) => {
  const tenthMs = windowMs / 10;
  const { circuit, clock, fail } = circuitUnderTest();
  fail(1);
  clock.now += tenths * tenthMs;
  fail(minOutcomes - 2);
  // The last moment before those leave the window, when the first one has left it.
  clock.now += windowMs - 1;
  fail(1);
  expect(circuit.state).toBe('closed');
  fail(1);
  expect(circuit.state).toBe('open');
});
