import { connect } from 'node:net';
import process from 'node:process';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFailed, test } from 'vitest';
import { randomStream } from '../../emulator/random.ts';
import { drawSeed, runs } from '../runs.ts';
import { startFuzzedGateway } from './fuzzed-gateway.ts';
import { type ConnectionScript, connectionScript } from './inputs/connections.ts';
import { expectCalm } from './law.ts';
import { tries } from './runs.ts';

/** Connections that are open at a time. */
const CONCURRENT = 64;

/** How long a client waits for the server to close, in milliseconds; then it leaves by itself. Nothing is asserted of it. */
const STAYS_MS = 40;

/** Length of a poll interval of the gateway, in milliseconds. */
const POLL_MS = 100;

/** `FUZZ_MINUTES=10` goes on for so long in place of a number of connections. */
const MINUTES = Number(process.env.FUZZ_MINUTES ?? 0);

const CONNECTIONS = tries('connections').numRuns;

/** Connections before the first measurement, one after the other. */
const WARM_UP = Math.min(500, runs(2000));

/** Does what the script says. Whatever the server makes of it, errors of the client's socket included, is no failure. */
async function play(port: number, { segments, leaving, reads }: ConnectionScript): Promise<void> {
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
  if (leaving === 'half-close') socket.end();
  if (leaving === 'half-close' || leaving === 'wait for the server')
    await Promise.race([closed, sleep(STAYS_MS)]);
  if (leaving === 'reset') {
    await nextTurn();
    socket.resetAndDestroy();
  } else socket.destroy();
  await closed;
}

test(
  `a gateway outlives random connections with pipelined requests, upgrades, CONNECT, half-closes and resets, and keeps no subscription of them`,
  async ({ annotate }) => {
    await using gateway = await startFuzzedGateway({
      LIVE_POLL_MS: String(POLL_MS),
      NODE_ENV: 'development',
    });
    const { port, emulator } = gateway;
    const jobIds = emulator.insertMany('Basic', 5, { Status: 'Training' }).map(({ JobId }) => JobId);
    const ask = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).text();
    const query = '/graphql?query={customizedVoiceJobs{totalCount}}';
    const answer = await ask(query);

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
    // What is loaded and compiled with the first of each kind is no growth.
    for (let number = 0; number < WARM_UP; number++)
      await play(port, connectionScript(randomStream(seed - 1 - number), jobIds));
    const before = await gateway.vitals();
    await run();
    const after = await gateway.vitals();

    expect(await ask('/health')).toContain('"ok"');
    expect(await ask(query)).toBe(answer);
    await expect.poll(() => ask('/metrics')).toMatch(/^voicejobs_graphql_subscriptions 0$/m);
    await expectCalm(gateway, before);
    const heaps = [before, after].map(({ heapBytes }) => `${Math.round(heapBytes / 1e6)} MB`).join(' to ');
    await annotate(`SEED=${seed}, ${played} connections, heap ${heaps}`);
    // With nobody who subscribes, nothing is polled.
    await sleep(2 * POLL_MS);
    emulator.resetCalls();
    await sleep(3 * POLL_MS);
    expect(emulator.calls).toEqual([]);
  },
  400_000 + MINUTES * 60_000,
);
