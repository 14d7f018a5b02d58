import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { type Emulator, startEmulator } from '../../emulator/emulator.ts';
import { pick, randomStream } from '../../emulator/random.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createGateway } from '../../src/gateway.ts';
import type { Observer } from '../../src/observer.ts';
import { CredentialCache } from '../../src/upstream/credential-cache.ts';
import { API_VERSION, ImsClient } from '../../src/upstream/ims.ts';
import { RpcClient } from '../../src/upstream/rpc.ts';
import { isExact, type NameOf, printHead, printPage, printTotals, type Script } from './print.ts';
import { type Row, Tally } from './tally.ts';
import { byCursor, byPageNumber, type SeenPage } from './walkers.ts';

const SCRIPT: Script = { jobs: 137, pageSize: 10, inserts: 2, deletions: 5, deleteEvery: 3 };

/** Fixed, so that every run deletes the same jobs. */
const SEED = 20;

/** Timeout of each upstream call in milliseconds; everything runs on this machine. */
const DEADLINE_MS = 5000;

const unobserved: Observer = {
  upstreamCall() {},
  upstreamAttempt() {},
  queueWait() {},
  cacheRead() {},
  unknownEnumValue() {},
  unknownErrorCode() {},
  malformedField() {},
  droppedRow() {},
  realigned() {},
  servedStale() {},
  circuitStateChanged() {},
  rateDecreased() {},
  subscriptionsChanged() {},
  polled() {},
  pollsSkipped() {},
  pollingPaused() {},
  pollingResumed() {},
};

await using running = await start();
const exact = await demonstrate(
  running.emulator,
  byPageNumber(running.ims, SCRIPT.pageSize),
  byCursor(running.url, SCRIPT.pageSize),
);
process.exitCode = exact ? 0 : 1;

/** Walks both clients in lock-step, so that both see the same list. @returns whether the second walk was exact */
async function demonstrate(
  emulator: Emulator,
  pageNumberWalk: AsyncGenerator<SeenPage>,
  cursorWalk: AsyncGenerator<SeenPage>,
): Promise<boolean> {
  const random = randomStream(SEED);
  const offset = { walk: pageNumberWalk, tally: new Tally(), ended: false };
  const cursor = { walk: cursorWalk, tally: new Tally(), ended: false };
  const nameOf = namesAtStart(emulator);
  emulator.resetHistory();
  printHead(SCRIPT);
  for (let page = 1; !(offset.ended && cursor.ended); page++) {
    const deletions = page % SCRIPT.deleteEvery === 0 ? SCRIPT.deletions : 0;
    const inserts = page > 1 && deletions === 0 ? SCRIPT.inserts : 0;
    if (inserts > 0) emulator.insertMany('Basic', inserts);
    for (let deleted = 0; deleted < deletions; deleted++) {
      emulator.remove(pick(random, emulator.list('Basic')).JobId);
    }
    const rows: (Row | undefined)[] = [];
    for (const client of [offset, cursor]) {
      emulator.resetCalls();
      const seen = client.ended ? undefined : (await client.walk.next()).value;
      rows.push(seen && client.tally.add(seen, emulator.calls.length));
      client.ended ||= seen === undefined || seen.isLast;
    }
    printPage(page, { inserts, deletions }, rows, SCRIPT, nameOf);
  }
  const history = emulator.history('Basic');
  const total = cursor.tally.total(history);
  printTotals(offset.tally.total(history), total);
  return isExact(total);
}

/** Names of the jobs by their position at the start, counted from 1; later ones have none. */
function namesAtStart(emulator: Emulator): NameOf {
  const places = new Map(emulator.list('Basic').map(({ JobId }, index) => [JobId, String(index + 1)]));
  return (jobId) => places.get(jobId) ?? 'new';
}

/** Starts an emulator, a gateway in front of it, and a client of the emulator without a gateway. */
async function start() {
  const emulator = await startEmulator({ basicCount: SCRIPT.jobs, standardCount: 0, stepMs: 0 });
  const { accessKeyId, accessKeySecret, endpoint: origin } = emulator;
  const credentials = async () => ({ accessKeyId, accessKeySecret });
  const gateway = createGateway(
    {
      ...loadConfig({ CACHE_TTL_MS: '0', IMS_MAX_REQUESTS_PER_SECOND: '1000' }),
      trustedDocuments: undefined,
      console: undefined,
      tracing: undefined,
    },
    { kind: 'emulator', origin, credentials },
    pino({ level: 'silent' }),
  );
  const server = createServer(gateway.listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const rpc = new RpcClient({
    origin,
    version: API_VERSION,
    deadlineMs: DEADLINE_MS,
    maxRequestsPerSecond: 1000,
    credentials: new CredentialCache(credentials),
    observer: unobserved,
  });
  return {
    emulator,
    ims: new ImsClient(rpc),
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    async [Symbol.asyncDispose]() {
      await gateway.stop(server, 0);
      await rpc.close();
      await emulator.close();
    },
  };
}
