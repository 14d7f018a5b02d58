import { connect } from 'node:net';
import process from 'node:process';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFailed, test } from 'vitest';
import { randomStream } from '../../emulator/random.ts';
import { drawSeed, runs } from '../runs.ts';
import { fuzzRuns } from './fuzz-runs.ts';
import { startFuzzedGateway } from './fuzzed-gateway.ts';
import { type ConnectionScript, connectionScript } from './inputs/connections.ts';
import { expectReleased } from './invariants.ts';

/** Number of simultaneous connections. */
const CONCURRENT = 64;

/** How long a client waits for the server to close the connection, in milliseconds, before it closes it itself. */
const MAX_WAIT_MS = 40;

/** Poll interval of the gateway in milliseconds. */
const POLL_MS = 100;

/** Minutes that the test runs for, instead of for a number of connections: `FUZZ_MINUTES=10`. */
const MINUTES = Number(process.env.FUZZ_MINUTES ?? 0);

const CONNECTIONS = fuzzRuns('connections').numRuns;

/** Number of sequential connections before the first measurement. */
const WARM_UP = Math.min(500, runs(2000));

/** Plays a script. No reaction of the server is a failure, not even an error of the client's socket. */
async function play(port: number, { segments, disconnect, reads }: ConnectionScript): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  if (reads) socket.resume();
  else socket.pause();
  for (const segment of segments) {
    if (segment.length > 0 && socket.writable) socket.write(segment);
    if (segments.length > 1) await nextTurn();
  }
  await new Promise<void>((resolve) => {
    if (!socket.connecting) resolve();
    socket.once('connect', () => resolve());
    socket.once('close', () => resolve());
  });
  if (disconnect === 'half-close') socket.end();
  if (disconnect === 'half-close' || disconnect === 'wait for the server')
    await Promise.race([closed, sleep(MAX_WAIT_MS)]);
  if (disconnect === 'reset') {
    await nextTurn();
    socket.resetAndDestroy();
  } else socket.destroy();
  await closed;
}

test(
  'a gateway survives random connections with pipelined requests, upgrades, CONNECT, half-closes and resets, without leaking subscriptions',
  async ({ annotate }) => {
    await using gateway = await startFuzzedGateway({
      LIVE_POLL_MS: String(POLL_MS),
      NODE_ENV: 'development',
    });
    const { port, emulator } = gateway;
    const jobIds = emulator.insertMany('Basic', 5, { Status: 'Training' }).map(({ JobId }) => JobId);
    const ask = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).text();
    const query = '/graphql?query={customizedVoiceJobs{totalCount}}';
    const response = await ask(query);

    const seed = drawSeed();
    onTestFailed(() => void process.stderr.write(`Run this again with SEED=${seed}\n`));
    const endsAt = performance.now() + MINUTES * 60_000;
    let played = 0;
    const goesOn = () =>
      !gateway.hasEnded && (MINUTES > 0 ? performance.now() < endsAt : played < CONNECTIONS);
    const client = async () => {
      while (goesOn()) {
        const number = played++;
        await play(port, connectionScript(randomStream(seed + number), jobIds));
      }
    };
    const run = async () => {
      await Promise.all(Array.from({ length: CONCURRENT }, client));
    };
    // Excludes from the measurement what is loaded and compiled at first use.
    for (let number = 0; number < WARM_UP; number++)
      await play(port, connectionScript(randomStream(seed - 1 - number), jobIds));
    const before = await gateway.vitals();
    await run();
    const after = await gateway.vitals();

    expect(await ask('/health')).toContain('"ok"');
    expect(await ask(query)).toBe(response);
    await expect.poll(() => ask('/metrics')).toMatch(/^voicejobs_graphql_subscriptions 0$/m);
    await expectReleased(gateway, before);
    const heaps = [before, after].map(({ heapBytes }) => `${Math.round(heapBytes / 1e6)} MB`).join(' to ');
    await annotate(`SEED=${seed}, ${played} connections, heap ${heaps}`);
    // Without subscribers, nothing is polled.
    await sleep(2 * POLL_MS);
    emulator.resetCalls();
    await sleep(3 * POLL_MS);
    expect(emulator.calls).toEqual([]);
  },
  400_000 + MINUTES * 60_000,
);
