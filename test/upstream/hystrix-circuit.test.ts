import { expect, test } from 'vitest';
import { CircuitBreaker, type CircuitOptions } from '../../src/upstream/resilience/circuit-breaker.ts';
import { monotonic } from '../monotonic.ts';

/**
 * The cases of Netflix Hystrix's HystrixCircuitBreakerTest as a table. Hystrix's commands take real time and its tests sleep;
 * here both are steps of a clock. Its test properties are options here: the circuit opens when half of the outcomes failed,
 * from one outcome on unless stated otherwise, over a window of 10 s, and is probed after 200 ms. Timeouts count as failures
 * in both.
 *
 * @see
 *   https://github.com/Netflix/Hystrix/blob/master/hystrix-core/src/test/java/com/netflix/hystrix/HystrixCircuitBreakerTest.java
 */
const HYSTRIX: CircuitOptions = { windowMs: 10_000, minOutcomes: 1, failureRate: 0.5, probeEveryMs: 200 };

/**
 * A step, or an expectation after it: `s` a success, `f` a failure, `t` a timeout, a number of milliseconds to pass, `probe`
 * a call admitted although the circuit is open, `probe s` and `probe f` its outcome, `refused` a call that is not admitted.
 */
type Step = 's' | 'f' | 't' | number | 'probe' | 'probe s' | 'probe f' | 'refused' | 'open' | 'closed';

const OPENED: Step[] = ['f', 'f', 'f', 't', 100, 'refused', 'open'];
const FAILED_PROBE: Step[] = ['probe', 'refused', 'probe f', 'refused', 'refused', 'refused', 250, 'open'];
const GOOD_PROBE: Step[] = ['probe', 'refused', 'probe s', 'closed'];

const CASES: [title: string, steps: Step[], options?: Partial<CircuitOptions>][] = [
  // Hystrix's test has four successes followed by four failures, and checks only then: one half is enough.
  ['testTripCircuit', ['s', 's', 's', 's', 100, 'closed', 'f', 'f', 'f', 'f', 100, 'refused', 'open']],
  [
    'testTripCircuitOnFailuresAboveThreshold',
    ['closed', 's', 's', 'f', 's', 'f', 's', 'f', 'closed', 'f', 100, 'refused', 'open'],
  ],
  [
    'testCircuitDoesNotTripOnFailuresBelowThreshold',
    ['closed', 's', 's', 'f', 's', 'f', 's', 's', 'f', 100, 'closed'],
  ],
  ['testTripCircuitOnTimeouts', ['closed', 't', 'refused', 'open']],
  ['testTripCircuitOnTimeoutsAboveThreshold', ['closed', 's', 's', 't', 's', 't', 't', 'refused', 'open']],
  ['testSingleTestOnOpenCircuitAfterTimeWindow', [...OPENED, 250, 'probe', 'open', 'refused']],
  ['testCircuitClosedAfterSuccess', [...OPENED, 250, 'open', ...GOOD_PROBE, 's', 's', 's', 'closed']],
  [
    'testCircuitClosedAfterSuccess: the failures of before are forgotten',
    [...OPENED, 250, ...GOOD_PROBE, 's', 's', 'f', 'closed', 'f', 'refused', 'open'],
  ],
  [
    'testMultipleTimeWindowRetriesBeforeClosingCircuit',
    [...OPENED, 250, 'open', ...FAILED_PROBE, ...FAILED_PROBE, ...GOOD_PROBE, 's', 's', 's', 'closed'],
  ],
  ['testLowVolumeDoesNotTripCircuit', ['closed', 'f', 'f', 'f', 'f', 100, 'closed'], { minOutcomes: 5 }],
];

test.each(CASES)('Hystrix: %s', (_title, steps, options = {}) => {
  let now = 0;
  const circuit = new CircuitBreaker(
    () => {},
    { ...HYSTRIX, ...options },
    () => monotonic(now),
  );
  let probe: ReturnType<CircuitBreaker['admit']>;
  const admitted = () => {
    const permit = circuit.admit();
    if (permit === undefined) throw new Error('nothing may be sent');
    return permit;
  };
  for (const step of steps) {
    if (typeof step === 'number') now += step;
    else if (step === 'open') expect(circuit.state).not.toBe('closed');
    else if (step === 'closed') expect(circuit.state).toBe('closed');
    else if (step === 'refused') expect(circuit.admit()).toBeUndefined();
    else if (step === 'probe') {
      probe = admitted();
      expect(circuit.state).toBe('half-open');
    } else if (step === 's') circuit.answered(admitted());
    else if (step === 'f' || step === 't') {
      // In Hystrix, calls keep failing while the circuit is open; here none are sent.
      const permit = circuit.admit();
      if (permit !== undefined) circuit.failed(permit);
    } else if (probe !== undefined) {
      if (step === 'probe s') circuit.answered(probe);
      else circuit.failed(probe);
    }
  }
});
