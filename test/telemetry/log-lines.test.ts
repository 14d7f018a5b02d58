import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { hashApiKey } from '../../src/auth/api-key.ts';
import { MAX_REQUEST_IDS } from '../../src/upstream/call-recorder.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { runGateway } from '../process/gateway-process.ts';
import { askJobs, call } from '../server/call.ts';

/** The access log entries, once there are this many. */
async function requestLines(gateway: GatewayUnderTest, count: number): Promise<Record<string, unknown>[]> {
  const lines = () => gateway.logged.filter(({ msg }) => msg === 'request');
  await expect.poll(lines).toHaveLength(count);
  return lines();
}

describe('the access log entry of a request', () => {
  test('contains client, operation, outcome and cost', async () => {
    const apiKeys = [hashApiKey('web', 'key-of-the-logged-client')];
    await using gateway = await startGateway({ gateway: { auth: { apiKeys, jwt: undefined } } });
    const headers = { 'x-api-key': 'key-of-the-logged-client', 'x-request-id': 'given-by-caller' };
    await askJobs(gateway.origin, headers, {
      body: '{"query":"query Mine { customizedVoiceJobs(first: 2) { nodes { jobId } } }"}',
    });
    const [line] = await requestLines(gateway, 1);
    expect(line).toEqual({
      level: 30,
      time: expect.any(Number),
      msg: 'request',
      requestId: 'given-by-caller',
      method: 'POST',
      path: '/graphql',
      client: 'web',
      operation: 'Mine',
      code: 'OK',
      status: 200,
      upstreamCalls: 1,
      upstreamRequestIds: [gateway.emulator.calls[0]?.requestId],
      finished: true,
      durationMs: expect.any(Number),
    });
  });

  test('contains the address for an invalid credential', async () => {
    const apiKeys = [hashApiKey('web', 'key-of-the-logged-client')];
    await using gateway = await startGateway({ gateway: { auth: { apiKeys, jwt: undefined } } });
    await askJobs(gateway.origin, { 'x-api-key': 'no-key-of-any-client' }, { from: '127.0.0.3' });
    const [line] = await requestLines(gateway, 1);
    expect(line).toMatchObject({
      code: 'UNAUTHENTICATED',
      refused: expect.any(String),
      address: '127.0.0.3',
    });
    expect(JSON.stringify(line)).not.toContain('no-key-of-any-client');
    await askJobs(gateway.origin, { 'x-api-key': 'key-of-the-logged-client' });
    expect((await requestLines(gateway, 2))[1]).not.toHaveProperty('address');
  });

  test('contains no control characters from its host or origin', async () => {
    // With authentication, any host name is served.
    const apiKeys = [hashApiKey('web', 'key-of-the-logged-client')];
    await using gateway = await startGateway({ gateway: { auth: { apiKeys, jwt: undefined } } });
    const { hostname, port } = new URL(gateway.origin);
    const headers = [
      'host: local\x9b31m',
      'origin: https://a\x9b31m',
      'connection: upgrade',
      'upgrade: websocket',
    ];
    const socket = connect(Number(port), hostname);
    socket.end(Buffer.from(['GET /graphql HTTP/1.1', ...headers, '', ''].join('\r\n'), 'latin1'));
    await once(socket.resume(), 'close');
    await expect
      .poll(() => gateway.logged.some(({ msg }) => String(msg).startsWith('WebSocket rejected')))
      .toBe(true);
    const text = JSON.stringify(gateway.logged);
    expect(text).not.toMatch(/\p{Cc}/u);
    expect(text).toContain('https://a\\\\u009b31m');
    expect(text).toContain('local\\\\u009b31m');
  });

  test('contains the ids of the first upstream calls, including failed ones', async () => {
    await using gateway = await startGateway();
    gateway.emulator.fault({ kind: 'error', status: 503, code: 'ServiceUnavailable' }, { times: 1 });
    const pages = Array.from(
      { length: 7 },
      (_, page) => `p${page}: customizedVoiceJobs(first: ${page + 1}) { nodes { jobId } }`,
    );
    await gateway.ask(`{ ${pages.join(' ')} }`);
    const [line] = await requestLines(gateway, 1);
    const known = gateway.emulator.calls.map(({ requestId }) => requestId);
    expect(known).toHaveLength(8);
    expect(line?.upstreamCalls).toBe(7);
    const named = line?.upstreamRequestIds as string[];
    expect(named).toHaveLength(MAX_REQUEST_IDS);
    expect(known).toEqual(expect.arrayContaining(named));
  });

  test('contains the id of an upstream call that found no job', async () => {
    await using gateway = await startGateway();
    await gateway.ask('{ customizedVoiceJob(jobId: "nowhere") { status } }');
    const [line] = await requestLines(gateway, 1);
    expect(line?.upstreamRequestIds).toEqual([gateway.emulator.calls[0]?.requestId]);
  });

  test('distinguishes cached responses, mistakes, rejections and disconnected clients', async () => {
    await using gateway = await startGateway({ gateway: { cache: { ttlMs: 60_000, staleIfErrorMs: 0 } } });
    for (let time = 0; time < 2; time++)
      await gateway.ask('query Kept { customizedVoiceJobs { totalCount } }');
    await gateway.ask('query Wrong { nothing }');
    await askJobs(gateway.origin, { 'content-type': 'text/plain' });
    gateway.emulator.setLatencyMs(2000);
    const left = new AbortController();
    const asked = gateway.ask(
      'query Left { customizedVoiceJob(jobId: "x") { status } }',
      {},
      { signal: left.signal },
    );
    await expect.poll(() => gateway.emulator.inFlight).toBe(1);
    left.abort();
    await expect(asked).rejects.toThrow();
    const lines = await requestLines(gateway, 5);
    expect(lines.map(({ operation, code, upstreamCalls }) => [operation, code, upstreamCalls])).toEqual([
      ['Kept', 'OK', 1],
      ['Kept', 'OK', undefined],
      [undefined, 'GRAPHQL_VALIDATION_FAILED', 0],
      [undefined, 'BAD_REQUEST', undefined],
      [undefined, 'CANCELLED', 1],
    ]);
  });

  test('contains neither variables nor documents', async () => {
    await using gateway = await startGateway();
    await gateway.ask('query Q($id: ID!) { customizedVoiceJob(jobId: $id) { status } } # remark', {
      id: 'value-of-a-variable',
    });
    await requestLines(gateway, 1);
    expect(JSON.stringify(gateway.logged)).not.toMatch(/value-of-a-variable|remark|customizedVoiceJob/);
  });

  test('of a health check is at debug level', async () => {
    await using gateway = await startGateway();
    await call(`${gateway.origin}/health`);
    expect((await requestLines(gateway, 1))[0]).toMatchObject({ level: 20, path: '/health' });
  });
});

/** Log lines of a process. */
const linesIn = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('buffered log lines', () => {
  const REQUESTS = 500;
  const answer = async (origin: string) => {
    const ids = Array.from({ length: REQUESTS }, (_, index) => `request-${index}`);
    await Promise.all(
      ids.map((id) => fetch(`${origin}/graphql?query={__typename}`, { headers: { 'x-request-id': id } })),
    );
    return ids;
  };
  const idsIn = (stdout: string) => linesIn(stdout).flatMap(({ requestId }) => requestId ?? []);

  test('are complete at SIGTERM', async () => {
    await using gateway = runGateway({});
    const ids = await answer(await gateway.origin);
    gateway.child.kill('SIGTERM');
    expect(await gateway.ended).toBe(0);
    expect(idsIn(gateway.output.stdout).sort()).toEqual(ids.sort());
    expect(linesIn(gateway.output.stdout).at(-1)?.msg).toBe('shutting down');
  });

  test('are complete at a crash, whose own line is the last', async () => {
    await using gateway = runGateway({
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(CRASH_ON_SIGUSR2)}`,
    });
    const ids = await answer(await gateway.origin);
    gateway.child.kill('SIGUSR2');
    expect(await gateway.ended).toBe(1);
    expect(idsIn(gateway.output.stdout).sort()).toEqual(ids.sort());
    expect(linesIn(gateway.output.stdout).at(-1)).toMatchObject({
      level: 60,
      err: { message: 'on purpose' },
    });
  });

  test('are written within a short time', async () => {
    await using gateway = runGateway({});
    const ids = await answer(await gateway.origin);
    await expect.poll(() => idsIn(gateway.output.stdout).length).toBe(ids.length);
  });

  test('are written at once with a warning', async () => {
    await using gateway = runGateway({
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(STOP_TIMERS)}`,
      IMS_UPSTREAM: 'alibaba',
      IMS_ENDPOINT: 'http://127.0.0.1:1',
      ALIBABA_CLOUD_ACCESS_KEY_ID: 'LTAI-log-id',
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'log-secret',
      AUTH_API_KEYS: 'web:short',
    });
    // The line with the address came before a warning about the key.
    expect(await gateway.origin).toMatch(/^http/);
    expect(linesIn(gateway.output.stdout).map(({ level }) => level)).toEqual([30, 40]);
  });

  test.skipIf(!existsSync('/proc/self/io'))('need few writes', async () => {
    await using gateway = runGateway({});
    const { pid } = gateway.child;
    const writes = () => Number(/^syscw: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]);
    const origin = await gateway.origin;
    const before = writes();
    await answer(origin);
    await expect.poll(() => idsIn(gateway.output.stdout).length).toBe(REQUESTS);
    // One write per response; unbuffered log lines would double that.
    expect(writes() - before).toBeLessThan(1.5 * REQUESTS);
  });
});

/** A bug, at a time that the test chooses. */
const CRASH_ON_SIGUSR2 = "process.on('SIGUSR2', () => { throw new Error('on purpose'); })";

/** Makes short timers never fire, as in a process under full load. */
const STOP_TIMERS = `
  const { setTimeout: start } = globalThis;
  globalThis.setTimeout = (act, ms, ...args) => start(act, ms === 100 ? 1e6 : ms, ...args);
`;
