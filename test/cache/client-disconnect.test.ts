import { afterEach, beforeEach, expect, test } from 'vitest';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { ask, askPage, FOR_EVER, jobIdsOf, readPage, sent, truth } from './asking.ts';

let gateway: GatewayUnderTest;
beforeEach(async () => {
  gateway = await startGateway({ gateway: { deadlineMs: 60_000, cache: FOR_EVER } });
});
afterEach(() => gateway[Symbol.asyncDispose]());

const aborted = () => gateway.emulator.calls.map((call) => call.aborted);

/** Requests that the gateway logged as aborted. */
const left = () =>
  gateway.logged.filter(({ msg, finished }) => msg === 'request' && finished === false).length;

/** A client that can disconnect. */
class Client {
  readonly #leaving = new AbortController();
  readonly answer: Promise<unknown>;

  constructor(request: (signal: AbortSignal) => Promise<unknown>) {
    this.answer = request(this.#leaving.signal);
    this.answer.catch(() => {});
  }

  async leave(): Promise<void> {
    this.#leaving.abort();
    await expect(this.answer).rejects.toThrow();
  }
}

test('aborts the upstream call when its only client disconnects', async () => {
  gateway.emulator.fault({ kind: 'hang' });
  const client = new Client((signal) => askPage(gateway, { first: 10 }, signal));
  await expect.poll(() => gateway.emulator.inFlight).toBe(1);
  await client.leave();
  await expect.poll(() => gateway.emulator.inFlight).toBe(0);
  expect(aborted()).toEqual([true]);

  gateway.emulator.clearFaults();
  expect(jobIdsOf(await readPage(gateway, { first: 10 }))).toEqual(truth(gateway).slice(0, 10));
  expect(sent(gateway)).toEqual(['Basic page 1 of 100', 'Basic page 1 of 100']);
});

test('continues the upstream call while any client waits for it', async () => {
  gateway.emulator.fault({ kind: 'hang' });
  const one = new Client((signal) => askPage(gateway, { first: 10 }, signal));
  await expect.poll(() => sent(gateway)).toEqual(['Basic page 1 of 100']);
  // The second read proves that this client joined the first one's read.
  const query =
    '{ customizedVoiceJobs(first: 20) { nodes { jobId } } customizedVoiceJob(jobId: "none") { jobId } }';
  const other = new Client((signal) => ask(gateway, query, {}, signal));
  await expect.poll(() => sent(gateway)).toEqual(['Basic page 1 of 100', 'none']);

  await one.leave();
  await expect.poll(left).toBe(1);
  expect(aborted()).toEqual([false, false]);
  expect(gateway.emulator.inFlight).toBe(2);

  await other.leave();
  await expect.poll(() => gateway.emulator.inFlight).toBe(0);
  expect(aborted()).toEqual([true, true]);
  expect(sent(gateway)).toHaveLength(2);
});

test('a remaining client gets the rows after another one disconnected', async () => {
  gateway.emulator.setLatencyMs(500);
  const leaving = new Client((signal) => askPage(gateway, { first: 10 }, signal));
  await expect.poll(() => sent(gateway)).toHaveLength(1);
  const staying = readPage(gateway, { first: 5 });
  await leaving.leave();
  expect(jobIdsOf(await staying)).toEqual(truth(gateway).slice(0, 5));
  expect(aborted().at(-1)).toBe(false);
});

test('a client that arrives after all others disconnected causes a call of its own', async () => {
  gateway.emulator.fault({ kind: 'hang' }, { times: 1 });
  const client = new Client((signal) =>
    ask(gateway, '{ customizedVoiceJob(jobId: "none") { jobId } }', {}, signal),
  );
  await expect.poll(() => gateway.emulator.inFlight).toBe(1);
  await client.leave();
  await expect.poll(() => gateway.emulator.inFlight).toBe(0);
  const { data } = await ask(gateway, '{ customizedVoiceJob(jobId: "none") { jobId } }');
  expect(data).toEqual({ customizedVoiceJob: null });
  expect(aborted()).toEqual([true, false]);
});
