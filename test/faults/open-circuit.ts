import { expect } from 'vitest';
import { CIRCUIT } from '../../src/upstream/resilience/circuit-breaker.ts';
import type { Answer, GatewayUnderTest } from '../gateway-under-test.ts';
import { readinessOf } from './readiness.ts';

/** A query that costs one upstream call. */
export const ASK = '{ customizedVoiceJobs(first: 3) { nodes { jobId } } }';

/** Error code of a call that an open circuit rejects. */
export const AWAY = 'UPSTREAM_UNAVAILABLE';

/** Number of failed calls that open a circuit, and the interval of probes in milliseconds. */
export const { minOutcomes: MIN_OUTCOMES, probeEveryMs: PROBE_EVERY_MS } = CIRCUIT;

export const codesOf = ({ errors }: Answer) => errors?.map(({ extensions }) => extensions.code);

export const atOnce = (gateway: GatewayUnderTest, times: number): Promise<Answer[]> =>
  Promise.all(Array.from({ length: times }, () => gateway.ask(ASK)));

/** Opens the circuit by failed calls. The emulator keeps failing until its faults are cleared. */
export async function open(gateway: GatewayUnderTest): Promise<void> {
  gateway.emulator.fault({ kind: 'error', code: 'InternalError', status: 500 });
  await atOnce(gateway, MIN_OUTCOMES);
  expect((await readinessOf(gateway)).upstream.circuit).toBe('open');
}
