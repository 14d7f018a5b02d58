import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { startEmulator } from '../../emulator/emulator.ts';
import { once as makeOnce } from '../../src/cache/memoize.ts';
import { GracefulShutdown } from '../../src/server/http/graceful-shutdown.ts';
import { rpcTo } from '../rpc-to.ts';
import { unobserved } from '../unobserved.ts';

afterEach(() => vi.useRealTimers());

test('a server that stops after its last request leaves no timer that keeps the process alive', async () => {
  const shutdown = new GracefulShutdown();
  const server = createServer((_request, response) => {
    shutdown.enter();
    response.on('close', () => shutdown.leave());
    answer = () => response.end('done');
  }).listen(0, '127.0.0.1');
  let answer = () => {};
  await once(server, 'listening');
  const asked = fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await once(server, 'request');
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const stopped = shutdown.stop(server, 10_000);
  expect(vi.getTimerCount()).toBe(1);
  answer();
  await stopped;
  expect(await (await asked).text()).toBe('done');
  expect(vi.getTimerCount()).toBe(0);
});

test('closing an upstream client ends calls in flight at once, and rejects new ones', async () => {
  const emulator = await startEmulator({ stepMs: 0 });
  emulator.setLatencyMs(60_000);
  const rpc = rpcTo(emulator, unobserved);
  const call = () =>
    rpc.call(
      'ListCustomizedVoiceJobs',
      { PageNo: '1', PageSize: '1', Type: 'Basic' },
      { response: (body) => body, isAlwaysThere: true },
    );
  const underWay = call().catch((error: unknown) => error);
  await expect.poll(() => emulator.calls.length).toBe(1);
  rpc.close();
  expect(await underWay).toMatchObject({ name: 'AbortError' });
  await expect(call()).rejects.toMatchObject({ name: 'AbortError' });
  await emulator.close();
});

test('a part whose import failed is imported again on the next request', async () => {
  let loads = 0;
  const load = makeOnce(async () => {
    if (loads++ === 0) throw new Error('EMFILE');
    return 'loaded';
  });
  await expect(load()).rejects.toThrow('EMFILE');
  expect(await Promise.all([load(), load(), load()])).toEqual(['loaded', 'loaded', 'loaded']);
  expect(loads).toBe(2);
});
