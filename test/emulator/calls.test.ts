import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { emulators } from './running.ts';
import { call, send, signed, until } from './signed-request.ts';

const start = emulators();
const list = 'ListCustomizedVoiceJobs';

describe('calls of the emulator', () => {
  it('contain requests and responses', async () => {
    const emulator = await start();
    const wire = signed(emulator, list, { Type: 'Standard', PageNo: '3' });
    const reply = await send(emulator, wire);
    expect(emulator.calls).toEqual([
      {
        at: expect.any(Number),
        method: 'POST',
        action: list,
        params: { Type: 'Standard', PageNo: '3' },
        nonce: wire.headers['x-acs-signature-nonce'],
        requestId: reply.headers['x-acs-request-id'],
        outcome: 'OK',
        httpStatus: 200,
        aborted: false,
      },
    ]);
    expect(Math.abs((emulator.calls[0]?.at ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  it('contain rejected requests, even without an action', async () => {
    const emulator = await start();
    const response = await fetch(emulator.endpoint);
    expect(response.status).toBe(400);
    await response.text();
    expect(emulator.calls[0]).toMatchObject({
      method: 'GET',
      action: '',
      params: {},
      nonce: '',
      outcome: 'MissingParameter',
      httpStatus: 400,
    });
  });

  it('are empty after resetCalls, and with recordCalls: false', async () => {
    const emulator = await start();
    await call(emulator, list);
    emulator.resetCalls();
    expect([emulator.calls.length, emulator.maxInFlight]).toEqual([0, 0]);
    const silent = await start({ recordCalls: false });
    await call(silent, list);
    expect([silent.calls.length, silent.maxInFlight]).toEqual([0, 1]);
  });

  it('mark a client that disconnects before the response', async () => {
    const emulator = await start();
    emulator.setLatencyMs(60_000);
    const client = new AbortController();
    const sending = send(emulator, signed(emulator, list), { signal: client.signal });
    await until(() => emulator.inFlight === 1);
    client.abort();
    await expect(sending).rejects.toThrow();
    await until(() => emulator.inFlight === 0);
    expect(emulator.calls[0]).toMatchObject({ outcome: 'pending', httpStatus: null, aborted: true });
  });

  it('survive a client that disconnects within its request body', async () => {
    const emulator = await start();
    const wire = signed(emulator, list, {}, { form: 'PageNo=1' });
    const client = new AbortController();
    const headers = { ...wire.headers, 'content-length': '100' };
    const sending = send(emulator, { ...wire, headers }, { signal: client.signal });
    await until(() => emulator.inFlight === 1);
    client.abort();
    await expect(sending).rejects.toThrow();
    await until(() => emulator.inFlight === 0);
    expect(emulator.calls[0]?.aborted).toBe(true);
    expect((await call(emulator, list)).status).toBe(200);
  });
});

describe('latency and inFlight', () => {
  it('setLatencyMs delays all responses, or each as a function decides', async () => {
    const emulator = await start();
    emulator.setLatencyMs(({ params }) => (params.PageNo === '2' ? 150 : 0));
    const startedMs = performance.now();
    await call(emulator, list, { PageNo: '2' });
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(140);
    emulator.setLatencyMs(0);
    expect((await call(emulator, list)).status).toBe(200);
  });

  it('data is read after the delay', async () => {
    const emulator = await start();
    emulator.setLatencyMs(100);
    const calling = call(emulator, list);
    await until(() => emulator.inFlight === 1);
    emulator.clear('Basic');
    expect((await calling).body.Data.TotalCount).toBe(0);
  });

  it('inFlight counts requests without a response', async () => {
    const emulator = await start();
    emulator.setLatencyMs(200);
    const calling = Promise.all(Array.from({ length: 7 }, () => call(emulator, list)));
    await until(() => emulator.inFlight === 7);
    await calling;
    expect([emulator.inFlight, emulator.maxInFlight]).toEqual([0, 7]);
  });

  it("inFlight never exceeds the client's own count on one connection", async () => {
    const emulator = await start();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let n = 0; n < 200; n++) {
      const { method, path, headers } = signed(emulator, list, { PageSize: '100' });
      const sending = request(`${emulator.endpoint}${path}`, { method, headers, agent }).end();
      const [response] = (await once(sending, 'response')) as [IncomingMessage];
      await once(response.resume(), 'end');
    }
    expect(emulator.maxInFlight).toBe(1);
    agent.destroy();
  });
});

describe('close of the emulator', () => {
  it('is idempotent, and frees the port', async () => {
    const emulator = await start();
    await emulator.close();
    await emulator.close();
    await expect(fetch(emulator.endpoint)).rejects.toThrow();
    const again = await start({ port: Number(new URL(emulator.endpoint).port) });
    expect(again.endpoint).toBe(emulator.endpoint);
  });

  it('startEmulator rejects for a port in use', async () => {
    const emulator = await start();
    const port = Number(new URL(emulator.endpoint).port);
    await expect(start({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
