import { fork } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomStream } from '../../../emulator/random.ts';
import { Client } from '../load/client.ts';
import { gateway } from '../peers/gateway.ts';
import { CACHE_TTL_MS } from '../peers/peer.ts';
import { endWithUs, freePort, run } from '../processes.ts';
import type { LongListCommand } from '../upstream/long-list-process.ts';
import { usageOf } from '../usage.ts';
import { liveMemory } from './heap.ts';

/** Lengths of the list. */
export const LENGTHS = [100, 1000, 10_000, 100_000, 1_000_000] as const;

/** Number of pages per measurement, spread over the list. */
const PAGES = 1000;

/** Rows per page. */
const FIRST = 10;

/** Number of pages for warm-up, by which V8 has compiled the hot functions. */
const WARM_UP_PAGES = 3000;

const QUERY = `query ($first: Int, $after: String) {
  customizedVoiceJobs(first: $first, after: $after) {
    edges { cursor node { id jobId voiceId status message voiceName voiceDesc type gender scenario createTime gmtCreate } }
    pageInfo { endCursor hasNextPage } totalCount
  }
}`;

/** Cost of a page. */
export interface PageOfLength {
  readonly calls: number;
  readonly cpuMicros: number;
}

/** Costs of pages of a list with a given length. */
export interface Growth {
  readonly rows: number;
  readonly isCached: boolean;
  readonly atRest: PageOfLength;
  /** A walk during which one row is inserted and one deleted before each page. */
  readonly moving: PageOfLength;
  /** Pages from cursors that were issued before a tenth of the rows was replaced. */
  readonly afterChanges: PageOfLength;
  /** Live memory of the gateway at the end, after a full garbage collection. */
  readonly liveMb: number;
  /** Resident memory of the gateway at the end. */
  readonly rssMb: number;
}

/** Measures a new gateway for each length, with an upstream that generates pages on demand. */
export async function measureGrowth(
  lengths: readonly number[],
  isCached: boolean,
  progress: (text: string) => void,
): Promise<Growth[]> {
  await using upstream = await startLongList();
  const found: Growth[] = [];
  for (const rows of lengths) {
    progress(`${rows} rows, cache ${isCached ? 'on' : 'off'}`);
    await upstream.tell({ rows });
    await using started = await startGateway(upstream.endpoint, isCached);
    const growth = { rows, isCached, ...(await measureLength(started, upstream, rows, isCached)) };
    progress(JSON.stringify(growth));
    found.push(growth);
  }
  return found;
}

async function measureLength(
  { pid, url, inspectPort }: StartedGateway,
  upstream: LongListUpstream,
  rows: number,
  isCached: boolean,
) {
  using client = new Client();
  const random = randomStream(rows);
  let total = rows;
  const page = async (first: number, after: string | null): Promise<SeenPage> => {
    const { status, text } = await client.post(
      url,
      JSON.stringify({ query: QUERY, variables: { first, after } }),
    );
    const { data, errors } = JSON.parse(text);
    if (status !== 200 || errors !== undefined) throw new Error(`answered ${status} ${text.slice(0, 500)}`);
    return data.customizedVoiceJobs;
  };
  const change = async (inserted: number, removed: number): Promise<void> => {
    const offsets = new Set<number>();
    while (offsets.size < removed) offsets.add(Math.floor(random() * total));
    await upstream.tell({ insert: inserted, remove: [...offsets] });
    total += inserted - removed;
  };
  /** Requests {@link PAGES} pages. @param next requests one */
  const costOf = async (next: (index: number) => Promise<unknown>): Promise<PageOfLength> => {
    const [before, callsBefore] = [usageOf(pid), await upstream.tell('count')];
    for (let index = 0; index < PAGES; index++) await next(index);
    const [after, callsAfter] = [usageOf(pid), await upstream.tell('count')];
    return {
      calls: (callsAfter - callsBefore) / PAGES,
      cpuMicros: (after.cpuMicros - before.cpuMicros) / PAGES,
    };
  };

  const cursors = await walk(page, rows);
  for (let index = 0; index < WARM_UP_PAGES; index++)
    await page(FIRST, cursors[index % cursors.length] ?? null);

  const atRest = await costOf((index) => page(FIRST, cursors[index % cursors.length] ?? null));

  let after = cursors[Math.floor(cursors.length / 2)] ?? null;
  const moving = await costOf(async () => {
    await change(1, 1);
    const { edges, pageInfo } = await page(FIRST, after);
    if (edges.length === 0 && pageInfo.hasNextPage)
      throw new Error('a page is empty before the end of the list');
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  });

  // Cached pages lack the newest rows until they expire.
  if (isCached) await sleep(CACHE_TTL_MS);
  const young = await walk(page, total);
  const tenth = Math.ceil(total / 10);
  await change(tenth, tenth);
  const afterChanges = await costOf((index) => page(FIRST, young[index % young.length] ?? null));

  const rssMb = usageOf(pid).rssBytes / 2 ** 20;
  const { heapBytes, bufferBytes } = await liveMemory(inspectPort);
  return { atRest, moving, afterChanges, liveMb: (heapBytes + bufferBytes) / 2 ** 20, rssMb };
}

interface SeenPage {
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly jobId: string } }[];
  readonly pageInfo: { readonly endCursor: string | null; readonly hasNextPage: boolean };
  readonly totalCount: number;
}

/** Walks the list and returns up to {@link PAGES} cursors, spread over it. @throws Error for a missing or repeated row */
async function walk(
  page: (first: number, after: string | null) => Promise<SeenPage>,
  rows: number,
): Promise<string[]> {
  const every = Math.max(1, Math.floor(rows / PAGES));
  const cursors: string[] = [];
  let seen = 0;
  let last = '';
  let after: string | null = null;
  for (let goesOn = true; goesOn; ) {
    const { edges, pageInfo }: SeenPage = await page(100, after);
    for (const { cursor, node } of edges) {
      // Ids are descending numbers.
      if (last !== '' && node.jobId >= last) throw new Error(`${node.jobId} comes after ${last}`);
      last = node.jobId;
      // No page follows the last row.
      if (seen++ % every === 0 && seen < rows) cursors.push(cursor);
    }
    [after, goesOn] = [pageInfo.endCursor, pageInfo.hasNextPage];
  }
  if (seen !== rows) throw new Error(`${seen} rows instead of ${rows}`);
  return cursors;
}

interface StartedGateway extends AsyncDisposable {
  readonly pid: number;
  readonly url: string;
  readonly inspectPort: number;
}

async function startGateway(endpoint: string, cached: boolean): Promise<StartedGateway> {
  const port = await freePort();
  const [accessKeyId, accessKeySecret] = ['long-list-id', 'long-list-secret'];
  const upstream = {
    endpoint,
    accessKeyId,
    accessKeySecret,
    restOrigin: '',
    jobIds: { BASIC: [], STANDARD: [] },
  };
  const launch = await gateway.launch({ port, cached, upstream, scratch: tmpdir(), firstAnswer: '' });
  const inspectPort = await freePort();
  const running = run({ ...launch, args: [`--inspect=127.0.0.1:${inspectPort}`, ...launch.args] });
  using client = new Client();
  const origin = `http://127.0.0.1:${port}`;
  for (;;) {
    const answer = await client.get(`${origin}/ready`).catch(() => undefined);
    if (answer?.status === 200) break;
    const end = running.ended();
    if (end !== undefined) throw new Error(`the gateway ended before it took requests: ${end}`);
    await sleep(10);
  }
  return {
    pid: running.pid,
    url: `${origin}/graphql`,
    inspectPort,
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}

interface LongListUpstream extends AsyncDisposable {
  readonly endpoint: string;
  /** @returns the number of calls since the list was created */
  tell(command: LongListCommand): Promise<number>;
}

async function startLongList(): Promise<LongListUpstream> {
  const child = fork(join(import.meta.dirname, '../upstream/long-list-process.ts'), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const kill = endWithUs(child);
  const closed = once(child, 'close');
  const answer = async <T>(): Promise<T> => {
    const message = await Promise.race([once(child, 'message'), closed.then(() => undefined)]);
    if (message === undefined) throw new Error('The upstream ended.');
    return message[0] as T;
  };
  const endpoint = await answer<string>();
  return {
    endpoint,
    tell(command) {
      const told = answer<number>();
      child.send(command);
      return told;
    },
    async [Symbol.asyncDispose]() {
      kill();
      await closed;
    },
  };
}
