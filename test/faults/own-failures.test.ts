import { expect, test } from 'vitest';
import type { Credentials } from '../../src/upstream/sign.ts';
import { startGateway } from '../gateway-under-test.ts';
import { metricsOf } from '../telemetry/metrics-of.ts';

const ASK = '{ customizedVoiceJobs(first: 3) { nodes { jobId } } }';

/** More than the circuit breaker needs to open. */
const CALLS = 40;

test('regression: credentials that no header can carry looked like an outage and opened the circuit', async () => {
  const KEY = { accessKeyId: 'key-of-the-test', accessKeySecret: 'secret-of-the-test' };
  let credentials: Credentials = { ...KEY, securityToken: 'token\nof-the-test' };
  await using gateway = await startGateway({
    emulator: { ...KEY, securityToken: 'token-of-the-test' },
    // The upstream never rejects them, so only a restart would look credentials up again.
    credentials: async () => ({
      ...KEY,
      get securityToken() {
        return credentials.securityToken;
      },
    }),
  });
  for (let asked = 0; asked < CALLS; asked++) {
    const { errors } = await gateway.ask(ASK);
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['INTERNAL_SERVER_ERROR']);
  }
  expect(gateway.emulator.calls).toEqual([]);
  const metrics = await metricsOf(gateway.origin);
  expect(metrics.lines('voicejobs_upstream_calls_total')).toEqual([
    `voicejobs_upstream_calls_total{action="ListCustomizedVoiceJobs",outcome="INTERNAL_SERVER_ERROR"} ${CALLS}`,
  ]);
  expect(metrics.sum('voicejobs_upstream_circuit_breaker_trips_total')).toBe(0);
  expect(metrics.sum('voicejobs_upstream_rate_limit_decreases_total')).toBe(0);
  expect(metrics.sum('voicejobs_upstream_circuit_breaker_state', { state: 'closed' })).toBe(1);
  const failed = gateway.logged.filter(({ msg }) => msg === 'upstream call failed');
  expect(new Set(failed.map(({ outcome, detail }) => `${outcome}: ${detail}`))).toEqual(
    new Set(['INTERNAL_SERVER_ERROR: not sent: invalid x-acs-security-token header']),
  );
  const { upstream } = await (await fetch(`${gateway.origin}/ready`)).json();
  expect(upstream).toMatchObject({ circuit: 'closed' });
  expect(upstream.lastOutcome).toBeUndefined();

  credentials = { ...KEY, securityToken: 'token-of-the-test' };
  expect((await gateway.ask(ASK)).errors).toBeUndefined();
});
