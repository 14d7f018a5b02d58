import { randomBytes } from 'node:crypto';
import process from 'node:process';
import { type Emulator, startEmulator } from '../../../emulator/emulator.ts';
import { Client } from '../load/client.ts';
import { describeMachine } from '../machine.ts';
import { gateway } from '../peers/gateway.ts';
import { freePort, run } from '../processes.ts';
import { percentile } from '../statistics.ts';
import { usageOf } from '../usage.ts';

/** Lengths of the searched list. */
const LENGTHS = [271, 1000, 10_000] as const;

/** Enough for all pages of the longest list. */
const SEARCH_CALLS = 200;

/** Number of measured responses; half as many precede them as warm-up. */
const RESPONSES = { warm: 400, cold: 40 };

const LIST =
  'query ($n: Int!) { customizedVoiceJobs(first: $n) { totalCount nodes { jobId voiceName status createTime } } }';
const SEARCH =
  'query ($text: String!) { searchCustomizedVoiceJobs(type: BASIC, filter: { text: $text }) { matchCount scannedCount nodes { jobId voiceName status createTime } } }';

/** Cost of one kind of response. */
interface Cost {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMicros: number;
  readonly calls: number;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
await main();

/**
 * Prints the cost of searches of a whole list, with cached pages and without a cache, next to a page of the plain list from a
 * cached upstream page. The response cache never hits: each request has its own variables.
 */
async function main(): Promise<void> {
  const { cpu, cores, node, date, loadBefore } = describeMachine();
  const lines = [
    `${date}, ${cpu}, ${cores} cores, Node ${node}, load before ${loadBefore.toFixed(2)}`,
    '',
    '| jobs | pages | p50 ms | p99 ms | CPU µs/response | × a warm page of the list | calls/response |',
    '|---|---|---|---|---|---|---|',
  ];
  for (const jobs of LENGTHS) {
    process.stderr.write(`${jobs} jobs\n`);
    await using emulator = await startUpstream(jobs);
    const { page, search: warm } = await measureWarm(emulator, jobs);
    const cold = await measureCold(emulator, jobs);
    for (const [pages, cost] of [
      ['in the cache', warm],
      ['no cache', cold],
    ] as const)
      lines.push(
        `| ${jobs} | ${pages} | ${cost.p50Ms.toFixed(2)} | ${cost.p99Ms.toFixed(2)} | ${cost.cpuMicros.toFixed(0)} | ${(cost.cpuMicros / page.cpuMicros).toFixed(1)} | ${cost.calls.toFixed(2)} |`,
      );
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}

async function startUpstream(jobs: number): Promise<Emulator & AsyncDisposable> {
  const emulator = await startEmulator({ basicCount: jobs, standardCount: 0, stepMs: 0, recordCalls: false });
  return Object.assign(emulator, { [Symbol.asyncDispose]: () => emulator.close() });
}

async function measureWarm(emulator: Emulator, jobs: number): Promise<{ page: Cost; search: Cost }> {
  await using started = await start(emulator, 3_600_000);
  // An unused variable makes each request unique, so that the response cache misses.
  const other = () => ({ query: LIST, variables: { n: 10, other: randomBytes(8).toString('hex') } });
  const page = await measure(emulator, started, RESPONSES.warm, other);
  const search = await measure(
    emulator,
    started,
    RESPONSES.warm,
    () => searchFor(),
    (data) => check(data, jobs),
  );
  return { page, search };
}

async function measureCold(emulator: Emulator, jobs: number): Promise<Cost> {
  await using started = await start(emulator, 0);
  return await measure(
    emulator,
    started,
    RESPONSES.cold,
    () => searchFor(),
    (data) => check(data, jobs),
  );
}

/** A text that few jobs contain: the start of an id. */
function searchFor(): object {
  return { query: SEARCH, variables: { text: randomBytes(2).toString('hex') } };
}

function check(data: unknown, jobs: number): void {
  const { matchCount, scannedCount } = (data as { searchCustomizedVoiceJobs: Record<string, unknown> })
    .searchCustomizedVoiceJobs;
  if (typeof matchCount !== 'number' || scannedCount !== jobs)
    throw new Error(`a search counted ${matchCount} of ${scannedCount} jobs, where there are ${jobs}`);
}

/** A running gateway. */
interface Started extends AsyncDisposable {
  readonly pid: number;
  readonly url: string;
}

async function start(emulator: Emulator, cacheTtlMs: number): Promise<Started> {
  const port = await freePort();
  const { endpoint, accessKeyId, accessKeySecret } = emulator;
  const upstream = { endpoint, accessKeyId, accessKeySecret } as Parameters<
    typeof gateway.launch
  >[0]['upstream'];
  const launch = await gateway.launch({
    port,
    cached: cacheTtlMs > 0,
    upstream,
    scratch: '',
    firstAnswer: '',
  });
  const env = { ...launch.env, CACHE_TTL_MS: String(cacheTtlMs), LIMIT_SEARCH_CALLS: String(SEARCH_CALLS) };
  const running = run({ ...launch, env });
  using client = new Client();
  for (;;) {
    const ready = await client.get(`http://127.0.0.1:${port}/ready`).catch(() => undefined);
    if (ready?.status === 200) break;
    const end = running.ended();
    if (end !== undefined) throw new Error(`the gateway ended before it took requests: ${end}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const url = `http://127.0.0.1:${port}/graphql`;
  return { pid: running.pid, url, [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() };
}

/** Sends requests sequentially. */
async function measure(
  emulator: Emulator,
  { pid, url }: Started,
  responses: number,
  request: () => object,
  verify: (data: unknown) => void = () => {},
): Promise<Cost> {
  using client = new Client();
  const tookMs: number[] = [];
  const exchange = async (): Promise<void> => {
    const body = JSON.stringify(request());
    const sentAt = performance.now();
    const { status, text } = await client.post(url, body);
    tookMs.push(performance.now() - sentAt);
    const { data, errors } = JSON.parse(text);
    if (status !== 200 || errors !== undefined) throw new Error(`answered ${status} ${text.slice(0, 500)}`);
    verify(data);
  };
  for (let sent = 0; sent < responses / 2; sent++) await exchange();
  tookMs.length = 0;
  let calls = 0;
  const stop = emulator.beforePage(() => {
    calls++;
  });
  const before = usageOf(pid).cpuMicros;
  for (let sent = 0; sent < responses; sent++) await exchange();
  const cpuMicros = (usageOf(pid).cpuMicros - before) / responses;
  stop();
  return {
    p50Ms: percentile(tookMs, 50),
    p99Ms: percentile(tookMs, 99),
    cpuMicros,
    calls: calls / responses,
  };
}
