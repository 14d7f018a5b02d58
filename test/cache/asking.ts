import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { EmulatorOptions } from '../../emulator/emulator.ts';
import type { CacheTimes } from '../../src/paging/page-cache.ts';
import { type Answer, type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { metricsOf } from '../telemetry/metrics-of.ts';

/** A TTL longer than any test: a cached value never expires. */
export const FOR_EVER: CacheTimes = { ttlMs: 3_600_000, staleIfErrorMs: 0 };

/** Arguments of the connection. */
export interface PageArgs {
  readonly type?: 'BASIC' | 'STANDARD' | 'ALL';
  readonly first?: number;
  readonly after?: string | null;
  readonly last?: number;
  readonly before?: string | null;
}

/** A page as the client gets it. */
export interface SeenPage {
  readonly totalCount: number;
  readonly edges: readonly {
    readonly cursor: string;
    readonly node: { readonly jobId: string; readonly type: string; readonly status: string };
  }[];
  readonly pageInfo: {
    readonly startCursor: string | null;
    readonly endCursor: string | null;
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
  };
}

const PAGE = `query ($type: CustomizedVoiceJobTypeFilter!, $first: Int, $after: String, $last: Int, $before: String) {
  customizedVoiceJobs(type: $type, first: $first, after: $after, last: $last, before: $before) {
    totalCount
    edges { cursor node { jobId type status } }
    pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
  }
}`;

/** Starts a gateway with a cache. @param jobs number of jobs in the Basic list */
export function startCaching(
  cache: CacheTimes,
  jobs = 1000,
  emulator: EmulatorOptions = {},
): Promise<GatewayUnderTest> {
  return startGateway({
    emulator: { basicCount: jobs, standardCount: 42, ...emulator },
    gateway: { cache },
  });
}

/**
 * Starts a second gateway on the emulator of the first, which records the calls of both. The emulator of the second is unused.
 */
export function startBeside({ emulator }: GatewayUnderTest, cache: CacheTimes): Promise<GatewayUnderTest> {
  return startGateway({ origin: emulator.endpoint, emulator: { basicCount: 0 }, gateway: { cache } });
}

let requests = 0;

/** Sends a query with unused variables, so that the response cache cannot serve it. */
export function ask(
  gateway: GatewayUnderTest,
  query: string,
  variables: Record<string, unknown> = {},
  signal?: AbortSignal,
): Promise<Answer> {
  requests++;
  return gateway.ask(query, { ...variables, request: requests }, signal === undefined ? {} : { signal });
}

/** Requests a page; the response may have errors. */
export function askPage(gateway: GatewayUnderTest, args: PageArgs, signal?: AbortSignal): Promise<Answer> {
  return ask(gateway, PAGE, { type: 'BASIC', ...args }, signal);
}

/** Requests a page. Fails on errors. */
export async function readPage(gateway: GatewayUnderTest, args: PageArgs): Promise<SeenPage> {
  const { data, errors } = await askPage(gateway, args);
  expect(errors).toBeUndefined();
  return data.customizedVoiceJobs;
}

export const jobIdsOf = ({ edges }: SeenPage): string[] => edges.map(({ node }) => node.jobId);

/** Follows the pages to the end, `first` or `last` rows each. Returns the ids in list order. */
export async function walk(
  gateway: GatewayUnderTest,
  args: Pick<PageArgs, 'type' | 'first' | 'last'>,
): Promise<string[]> {
  const jobIds: string[] = [];
  let cursor: string | null = null;
  for (;;) {
    const isForwards = args.first !== undefined;
    const page = await readPage(gateway, { ...args, [isForwards ? 'after' : 'before']: cursor });
    if (isForwards) jobIds.push(...jobIdsOf(page));
    else jobIds.unshift(...jobIdsOf(page));
    const { endCursor, startCursor, hasNextPage, hasPreviousPage } = page.pageInfo;
    if (!(isForwards ? hasNextPage : hasPreviousPage)) return jobIds;
    cursor = isForwards ? endCursor : startCursor;
  }
}

/** End cursors of pages of 100 rows: those of rows 99, 199 and so on. */
export async function edgeCursors(gateway: GatewayUnderTest): Promise<string[]> {
  const cursors: string[] = [];
  for (;;) {
    const { pageInfo } = await readPage(gateway, { first: 100, after: cursors.at(-1) ?? null });
    if (pageInfo.endCursor !== null) cursors.push(pageInfo.endCursor);
    if (!pageInfo.hasNextPage) return cursors;
  }
}

/** The upstream calls: type, page number and page size, or a job id. */
export function sent({ emulator }: GatewayUnderTest): string[] {
  return emulator.calls.map(({ params }) => params.JobId ?? nameOf(params));
}

function nameOf(params: Readonly<Record<string, string>>): string {
  return `${params.Type} page ${params.PageNo} of ${params.PageSize}`;
}

/** The ids in the upstream's current order. */
export function truth({ emulator }: GatewayUnderTest, type: 'Basic' | 'Standard' = 'Basic'): string[] {
  return emulator.list(type).map(({ JobId }) => JobId);
}

/** Waits until everything requested before this call is older than `ms`. */
export async function untilOlderThan(ms: number): Promise<void> {
  const now = performance.now();
  await expect.poll(() => performance.now() - now, { interval: 10 }).toBeGreaterThan(ms);
}

/** Deadline of an upstream read that waits for the test, in milliseconds. */
export const HELD_DEADLINE_MS = 60_000;

const pageReads = async ({ origin }: GatewayUnderTest) =>
  (await metricsOf(origin)).sum('voicejobs_cache_reads_total', { kind: 'page' });

/**
 * Runs `act` while the upstream delays its responses until `reads` page reads wait in each gateway, so that none of them
 * arrives too late to share a response, however slow the machine is.
 */
export async function whileHeld<Value>(
  gateways: readonly [GatewayUnderTest, ...GatewayUnderTest[]],
  reads: number,
  act: () => Promise<Value>,
): Promise<Value> {
  const { promise: released, resolve: release } = Promise.withResolvers<number>();
  gateways[0].emulator.setLatencyMs(() => released);
  const before = await Promise.all(gateways.map(pageReads));
  const acting = act();
  const polling = { interval: 20, timeout: HELD_DEADLINE_MS / 2 };
  for (const [index, gateway] of gateways.entries())
    await expect.poll(() => pageReads(gateway), polling).toBe((before[index] ?? 0) + reads);
  release(0);
  return acting;
}

const PATIENCE_MS = 30_000;

/**
 * Repeats `act` until its value satisfies `isDone`. Unlike `expect.poll`, a failed expectation inside `act` fails the test: it
 * must hold every time.
 */
export async function repeatUntil<Value>(
  act: () => Promise<Value>,
  isDone: (value: Value) => boolean,
): Promise<Value> {
  const startedAt = performance.now();
  for (;;) {
    const value = await act();
    if (isDone(value)) return value;
    if (performance.now() - startedAt > PATIENCE_MS) expect.fail(`still ${JSON.stringify(value)}`);
    await sleep(10);
  }
}

/** `Date.now()` of each upstream call, by page or job. */
export function arrivals(gateway: GatewayUnderTest): Map<string, number[]> {
  const times = new Map<string, number[]>();
  const names = sent(gateway);
  for (const [index, { at }] of gateway.emulator.calls.entries()) {
    const name = names[index] ?? '';
    times.set(name, [...(times.get(name) ?? []), at]);
  }
  return times;
}

/**
 * Expects calls for one page to be sent at least `everyMs` apart. The gateway measures from sending, the emulator sees the
 * arrival. A call may arrive late but never before it was sent: call `n` arrives no earlier than `n` intervals after
 * `startedAt`.
 *
 * @param startedAt a `Date.now()`
 */
export function expectPaced(arrivedAt: readonly number[], startedAt: number, everyMs: number): void {
  const clockRoundingMs = 2;
  for (const [index, at] of arrivedAt.entries()) {
    expect(at - startedAt).toBeGreaterThanOrEqual(index * everyMs - clockRoundingMs);
  }
}
