import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { EmulatorOptions } from '../../emulator/emulator.ts';
import type { CacheTimes } from '../../src/paging/page-cache.ts';
import { type Answer, type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { metricsOf } from '../telemetry/metrics-of.ts';

/** Longer than any test: what was read once is never read again unless it has to be. */
export const FOR_EVER: CacheTimes = { ttlMs: 3_600_000, staleIfErrorMs: 0 };

/** The arguments of the connection. */
export interface PageArgs {
  readonly type?: 'BASIC' | 'STANDARD' | 'ALL';
  readonly first?: number;
  readonly after?: string | null;
  readonly last?: number;
  readonly before?: string | null;
}

/** A page as its caller sees it. */
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

/** @param jobs in the Basic list */
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

/** Another gateway over the emulator of a first one, which alone has the record of both; its own emulator stands idle. */
export function startBeside({ emulator }: GatewayUnderTest, cache: CacheTimes): Promise<GatewayUnderTest> {
  return startGateway({ origin: emulator.endpoint, emulator: { basicCount: 0 }, gateway: { cache } });
}

let requests = 0;

/** Asks in words that nobody has used before, so that no answer as a whole can be one that was kept. */
export function ask(
  gateway: GatewayUnderTest,
  query: string,
  variables: Record<string, unknown> = {},
  signal?: AbortSignal,
): Promise<Answer> {
  requests++;
  return gateway.ask(query, { ...variables, request: requests }, signal === undefined ? {} : { signal });
}

/** Asks for a page, whatever comes of it. */
export function askPage(gateway: GatewayUnderTest, args: PageArgs, signal?: AbortSignal): Promise<Answer> {
  return ask(gateway, PAGE, { type: 'BASIC', ...args }, signal);
}

/** A page that has to come, without errors. */
export async function readPage(gateway: GatewayUnderTest, args: PageArgs): Promise<SeenPage> {
  const { data, errors } = await askPage(gateway, args);
  expect(errors).toBeUndefined();
  return data.customizedVoiceJobs;
}

export const jobIdsOf = ({ edges }: SeenPage): string[] => edges.map(({ node }) => node.jobId);

/** Follows the pages to the end, `first` or `last` rows each; the ids come in the order of the list. */
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

/** The cursors of rows 99, 199 and so on, as a walk by hundreds meets them. */
export async function edgeCursors(gateway: GatewayUnderTest): Promise<string[]> {
  const cursors: string[] = [];
  for (;;) {
    const { pageInfo } = await readPage(gateway, { first: 100, after: cursors.at(-1) ?? null });
    if (pageInfo.endCursor !== null) cursors.push(pageInfo.endCursor);
    if (!pageInfo.hasNextPage) return cursors;
  }
}

/** What was asked of the upstream: type, page number and page size, or the id of a job. */
export function sent({ emulator }: GatewayUnderTest): string[] {
  return emulator.calls.map(({ params }) => params.JobId ?? nameOf(params));
}

function nameOf(params: Readonly<Record<string, string>>): string {
  return `${params.Type} page ${params.PageNo} of ${params.PageSize}`;
}

/** The ids as the upstream lists them now. */
export function truth({ emulator }: GatewayUnderTest, type: 'Basic' | 'Standard' = 'Basic'): string[] {
  return emulator.list(type).map(({ JobId }) => JobId);
}

/** Waits until what was asked for before this call is older than `ms`. */
export async function untilOlderThan(ms: number): Promise<void> {
  const now = performance.now();
  await expect.poll(() => performance.now() - now, { interval: 10 }).toBeGreaterThan(ms);
}

/** Deadline of an upstream read that waits for an event of the test, in milliseconds. */
export const HELD_DEADLINE_MS = 60_000;

const pageReads = async ({ origin }: GatewayUnderTest) =>
  (await metricsOf(origin)).sum('voicejobs_cache_reads_total', { kind: 'page' });

/**
 * Does something while the upstream holds its responses back, until so many more reads of pages wait in each gateway: none
 * of them comes too late to share a response, however busy the machine is.
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
 * Does something again and again until its value is the one waited for. Unlike `expect.poll`, an expectation that fails on
 * the way is not tried again: it holds for every single time.
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

/** The `Date.now()` of each call, by what it asked for. */
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
 * That calls for one thing were sent at least `everyMs` apart. A gateway counts from sending, of which the emulator sees the
 * arrival: a call may arrive late, but never before it was sent. So the call with index `n` arrives no earlier than `n`
 * times that long after the first was sent, and that was not before `startedAt`.
 *
 * @param startedAt a `Date.now()`
 */
export function expectPaced(arrivedAt: readonly number[], startedAt: number, everyMs: number): void {
  const clockRoundingMs = 2;
  for (const [index, at] of arrivedAt.entries()) {
    expect(at - startedAt).toBeGreaterThanOrEqual(index * everyMs - clockRoundingMs);
  }
}
