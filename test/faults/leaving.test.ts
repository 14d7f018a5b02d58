import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { readinessOf } from './readiness.ts';
import { undisturbed } from './standstill.ts';

const askFor = (rows: number) => `{ customizedVoiceJobs(first: ${rows}) { nodes { jobId } } }`;

const queued = async (gateway: GatewayUnderTest) => (await readinessOf(gateway)).upstream.queued;

/** Sends a request; returns a function that disconnects. */
function client(gateway: GatewayUnderTest, rows: number): () => Promise<void> {
  const leaving = new AbortController();
  const asked = gateway.ask(askFor(rows), {}, { signal: leaving.signal });
  asked.catch(() => {});
  return async () => {
    leaving.abort();
    await expect(asked).rejects.toThrow();
  };
}

describe('a caller who disconnects', () => {
  test.each([
    ['before any response', { kind: 'hang' }],
    ['within a response', { kind: 'dribble', everyMs: 20 }],
  ] as const)('%s cancels the upstream call and closes its connection', async (_title, fault) => {
    await using gateway = await startGateway({ gateway: { deadlineMs: 60_000 } });
    gateway.emulator.fault(fault);
    const leave = client(gateway, 3);
    await expect.poll(() => gateway.emulator.inFlight).toBe(1);
    await leave();
    await expect.poll(() => gateway.emulator.inFlight).toBe(0);
    expect(gateway.emulator.calls.map(({ aborted }) => aborted)).toEqual([true]);
  });

  test('while queued frees the place for the next call', () =>
    undisturbed(async () => {
      await using gateway = await startGateway({ gateway: { deadlineMs: 60_000, maxRequestsPerSecond: 1 } });
      await gateway.ask(askFor(1));
      const leave = client(gateway, 2);
      await expect.poll(() => queued(gateway), { interval: 10 }).toBe(1);
      const next = gateway.ask(askFor(3));
      await expect.poll(() => queued(gateway), { interval: 10 }).toBe(2);
      await leave();
      expect((await next).data.customizedVoiceJobs.nodes).toHaveLength(3);
      expect(gateway.emulator.calls.map(({ params }) => params.PageSize)).toEqual(['1', '3']);
    }));

  test('during a pause requested by the upstream gets nothing sent afterwards', () =>
    undisturbed(async () => {
      await using gateway = await startGateway({ gateway: { deadlineMs: 60_000 } });
      const headers = { 'x-acs-retry-after': '400' };
      gateway.emulator.fault({ kind: 'error', code: 'Throttling.User', status: 400, headers });
      const leave = client(gateway, 3);
      await expect.poll(() => gateway.emulator.calls.at(-1)?.httpStatus).toBe(400);
      await expect.poll(() => queued(gateway)).toBe(1);
      await leave();
      await expect.poll(() => queued(gateway)).toBe(0);
      await sleep(600);
      expect(gateway.emulator.calls).toHaveLength(1);
    }));

  test('between two attempts causes no further attempt', async () => {
    await using gateway = await startGateway({ gateway: { deadlineMs: 60_000 } });
    // Each caller disconnects between its failure and its next attempt, or slightly before or after.
    gateway.emulator.fault(
      { kind: 'error', code: 'InternalError', status: 500 },
      { when: ({ params }) => params.PageSize !== '1' },
    );
    for (let rows = 2; rows < 12; rows++) {
      const leave = client(gateway, rows);
      await expect
        .poll(() => gateway.emulator.calls.at(-1)?.params.PageSize, { interval: 1 })
        .toBe(String(rows));
      await leave();
    }
    await expect.poll(() => gateway.emulator.inFlight).toBe(0);
    const requests = gateway.emulator.calls.length;
    await sleep(400);
    expect(gateway.emulator.calls).toHaveLength(requests);
    expect(requests).toBeLessThan(30);
  });

  test('during a look-up of credentials causes no upstream call', async () => {
    const lookup = Promise.withResolvers<void>();
    await using gateway = await startGateway({
      gateway: { deadlineMs: 60_000 },
      async credentials() {
        await lookup.promise;
        return { accessKeyId: 'emulator-key-id', accessKeySecret: 'emulator-key-secret' };
      },
    });
    const leave = client(gateway, 3);
    await sleep(100);
    await leave();
    await sleep(100);
    lookup.resolve();
    expect((await gateway.ask(askFor(2))).errors).toBeUndefined();
    expect(gateway.emulator.calls.map(({ params }) => params.PageSize)).toEqual(['2']);
  });

  test('does not cancel a queued read that other callers wait for', () =>
    undisturbed(async () => {
      await using gateway = await startGateway({
        gateway: { deadlineMs: 60_000, maxRequestsPerSecond: 1, cache: { ttlMs: 60_000, staleIfErrorMs: 0 } },
      });
      await gateway.ask('{ customizedVoiceJob(jobId: "none") { jobId } }');
      const leave = client(gateway, 2);
      await expect.poll(() => queued(gateway)).toBe(1);
      const staying = gateway.ask(askFor(3));
      await sleep(100);
      await leave();
      expect((await staying).data.customizedVoiceJobs.nodes).toHaveLength(3);
      expect(gateway.emulator.calls).toHaveLength(2);
    }));
});
