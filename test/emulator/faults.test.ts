import { describe, expect, it } from 'vitest';
import type { Fault } from '../../emulator/faults.ts';
import { emulators } from './running.ts';
import { call, parsedReply, type Reading, type Reply, send, signed, until } from './signed-request.ts';

const start = emulators();
const list = 'ListCustomizedVoiceJobs';
const get = 'GetCustomizedVoiceJob';

/** Result of a List call under a fault for a raw client, and the emulator's record of it. */
async function under(
  fault: Fault,
  reading: Reading = {},
): Promise<Reply & { outcome: string; aborted: boolean }> {
  const emulator = await start();
  emulator.fault(fault);
  const reply = await send(emulator, signed(emulator, list), reading);
  await until(() => emulator.inFlight === 0);
  const { outcome = '', aborted = false } = emulator.calls[0] ?? {};
  return { ...reply, outcome, aborted };
}

describe('fault of the response', () => {
  it('error: any code and status with any header', async () => {
    const headers = { 'x-acs-retry-after': '1500' };
    const reply = await under({ kind: 'error', code: 'ServiceUnavailable', status: 503, headers });
    expect([reply.status, reply.outcome]).toEqual([503, 'ServiceUnavailable']);
    expect(parsedReply(reply).body).toMatchObject({
      Code: 'ServiceUnavailable',
      Message: 'Injected ServiceUnavailable.',
    });
    expect(reply.headers['x-acs-retry-after']).toBe('1500');
  });

  it('error: any message', async () => {
    const reply = await under({
      kind: 'error',
      code: 'Forbidden.RAM',
      status: 403,
      message: 'acs:ram::1234:role/x',
    });
    expect(parsedReply(reply).body.Message).toBe('acs:ram::1234:role/x');
  });

  it('xml: an error in XML', async () => {
    const reply = await under({ kind: 'xml', code: 'InternalError', status: 500 });
    expect([reply.status, reply.headers['content-type']]).toEqual([500, 'text/xml;charset=utf-8']);
    expect(reply.text).toContain(`<RequestId>${reply.headers['x-acs-request-id']}</RequestId>`);
    expect(reply.text).toContain('<Code>InternalError</Code>');
  });

  it('html: an error page of a proxy', async () => {
    const reply = await under({ kind: 'html' });
    expect([reply.status, reply.headers['content-type']]).toEqual([502, 'text/html']);
    expect(reply.text).toContain('<h1>502 Bad Gateway</h1>');
  });

  it.each([200, 503])('empty: %i without a body', async (status) => {
    const reply = await under({ kind: 'empty', status });
    expect([reply.status, reply.text, reply.broken]).toEqual([status, '', null]);
  });

  it('nullBody: the JSON text null', async () => {
    const reply = await under({ kind: 'nullBody' });
    expect([reply.status, reply.text]).toEqual([200, 'null']);
  });

  it('notSuccess: 200 with Success false', async () => {
    const reply = await under({ kind: 'notSuccess' });
    expect(reply.status).toBe(200);
    expect(parsedReply(reply).body).toEqual({ RequestId: reply.headers['x-acs-request-id'], Success: false });
  });

  it('cutJson: a complete HTTP response with half of the JSON', async () => {
    const reply = await under({ kind: 'cutJson' });
    expect([reply.status, reply.broken]).toEqual([200, null]);
    expect(reply.text).toMatch(/^\{"RequestId":"/);
    expect(() => JSON.parse(reply.text)).toThrow(SyntaxError);
  });

  it('body: any body', async () => {
    const reply = await under({ kind: 'body', status: 418, contentType: 'text/plain', text: '茶壶' });
    expect([reply.status, reply.headers['content-type'], reply.text]).toEqual([418, 'text/plain', '茶壶']);
  });

  it('close: the correct response, then the connection ends', async () => {
    const reply = await under({ kind: 'close' });
    expect([reply.headers.connection, reply.outcome]).toEqual(['close', 'OK']);
    expect(parsedReply(reply).body.Data.TotalCount).toBe(271);
  });
});

describe('fault of the connection', () => {
  it('reset: before any byte', async () => {
    const emulator = await start();
    emulator.fault({ kind: 'reset' });
    await expect(send(emulator, signed(emulator, list))).rejects.toMatchObject({ code: 'ECONNRESET' });
    await until(() => emulator.inFlight === 0);
    expect(emulator.calls[0]).toMatchObject({ outcome: 'reset', httpStatus: null, aborted: false });
  });

  it('resetMidBody: after the headers and half of the body', async () => {
    const reply = await under({ kind: 'resetMidBody' });
    expect([reply.status, reply.broken, reply.aborted]).toEqual([200, 'ECONNRESET', false]);
    expect(reply.text.length).toBeLessThan(Number(reply.headers['content-length']));
  });

  it('hang: no response until the client disconnects', async () => {
    const emulator = await start();
    emulator.fault({ kind: 'hang' });
    const client = new AbortController();
    const sending = send(emulator, signed(emulator, list), { signal: client.signal });
    await until(() => emulator.calls[0]?.outcome === 'hang');
    expect(emulator.inFlight).toBe(1);
    client.abort();
    await expect(sending).rejects.toThrow();
    await until(() => emulator.inFlight === 0);
    expect(emulator.calls[0]).toMatchObject({ httpStatus: null, aborted: true });
  });

  it('dribble: one byte at a time', async () => {
    const reply = await under({ kind: 'dribble', everyMs: 2 }, { stopAfterBytes: 12 });
    expect([reply.status, reply.outcome, reply.aborted]).toEqual([200, 'dribble', true]);
    expect(reply.text).toMatch(/^\{ +$/);
  });

  it('endless: plausible JSON as long as the client reads', async () => {
    const stopAfterBytes = 20 << 20;
    const reply = await under({ kind: 'endless' }, { stopAfterBytes });
    expect([reply.status, reply.outcome, reply.aborted]).toEqual([200, 'endless', true]);
    expect(reply.text.length).toBeGreaterThanOrEqual(stopAfterBytes);
    const complete = `${reply.text.slice(0, reply.text.lastIndexOf(',{'))}]}}`;
    expect(JSON.parse(complete)).toMatchObject({ Success: true });
  });

  it('endless: also for pages of voices', async () => {
    const emulator = await start();
    emulator.fault({ kind: 'endless' });
    const { text } = await send(emulator, signed(emulator, 'ListCustomizedVoices'), {
      stopAfterBytes: 100_000,
    });
    const { Data } = JSON.parse(`${text.slice(0, text.lastIndexOf(',{'))}]}}`);
    expect(Data.CustomizedVoiceList.length).toBeGreaterThan(100);
  });

  it('endless: stops when the client stops reading, and does not block the event loop', async () => {
    const emulator = await start();
    emulator.fault({ kind: 'endless' }, { times: 1 });
    const client = new AbortController();
    const { promise, resolve } = Promise.withResolvers<void>();
    const wire = signed(emulator, list);
    const stuck = fetch(`${emulator.endpoint}${wire.path}`, {
      method: wire.method,
      headers: wire.headers,
      signal: client.signal,
    }).then(() => resolve());
    await promise;
    const before = process.memoryUsage().rss;
    for (let n = 0; n < 50; n++) expect((await call(emulator, list)).status).toBe(200);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 << 20);
    client.abort();
    await stuck;
    await until(() => emulator.inFlight === 0);
  });

  it.each<Fault>([{ kind: 'hang' }, { kind: 'dribble', everyMs: 1 }, { kind: 'endless' }])(
    '$kind: does not prevent the emulator from closing',
    async (fault) => {
      const emulator = await start();
      emulator.fault(fault);
      const outcome = send(emulator, signed(emulator, list)).then(
        (reply) => reply.broken,
        (error: NodeJS.ErrnoException) => error.code,
      );
      await until(() => emulator.calls[0]?.outcome === fault.kind);
      await emulator.close();
      expect(await outcome).toBe('ECONNRESET');
    },
  );
});

describe('a fault applies to', () => {
  it('all calls until it is lifted', async () => {
    const emulator = await start();
    const lift = emulator.fault({ kind: 'nullBody' });
    for (let n = 0; n < 3; n++) expect((await call(emulator, list)).body).toBe(null);
    lift();
    lift();
    expect((await call(emulator, list)).status).toBe(200);
    expect((await call(emulator, list)).body.Success).toBe(true);
  });

  it('a given number of calls; several faults apply in order', async () => {
    const emulator = await start();
    emulator.fault({ kind: 'error', code: 'A', status: 500 }, { times: 2 });
    emulator.fault({ kind: 'error', code: 'B', status: 500 }, { times: 1 });
    const codes: unknown[] = [];
    for (let n = 0; n < 4; n++) codes.push((await call(emulator, list)).body.Code);
    expect(codes).toEqual(['A', 'A', 'B', undefined]);
  });

  it('calls of one action only', async () => {
    const emulator = await start();
    emulator.fault({ kind: 'html' }, { action: get });
    expect((await call(emulator, list)).status).toBe(200);
    expect((await send(emulator, signed(emulator, get, { JobId: 'x' }))).status).toBe(502);
  });

  it.each(['ListCustomizedVoices', 'GetCustomizedVoice'] as const)('calls of %s only', async (action) => {
    const emulator = await start();
    emulator.fault({ kind: 'error', code: 'Forbidden.RAM', status: 403 }, { action });
    for (const other of [list, get, 'ListCustomizedVoices', 'GetCustomizedVoice'].filter((a) => a !== action))
      expect((await call(emulator, other, { JobId: 'x', VoiceId: 'xiaozhuan' })).body.Code).not.toBe(
        'Forbidden.RAM',
      );
    expect((await call(emulator, action)).body.Code).toBe('Forbidden.RAM');
  });

  it('chosen calls only; others do not use it up', async () => {
    const emulator = await start();
    emulator.fault({ kind: 'html' }, { times: 1, when: ({ params }) => params.PageNo === '2' });
    const statuses: number[] = [];
    for (const PageNo of ['1', '2', '2'])
      statuses.push((await send(emulator, signed(emulator, list, { PageNo }))).status);
    expect(statuses).toEqual([200, 502, 200]);
  });

  it('no call after clearFaults', async () => {
    const emulator = await start();
    emulator.fault({ kind: 'html' });
    emulator.clearFaults();
    expect((await call(emulator, list)).status).toBe(200);
  });

  it('no call with a wrong signature', async () => {
    const emulator = await start();
    emulator.fault({ kind: 'nullBody' });
    const { body } = await call({ ...emulator, accessKeySecret: 'guess' }, list);
    expect(body.Code).toBe('SignatureDoesNotMatch');
  });
});
