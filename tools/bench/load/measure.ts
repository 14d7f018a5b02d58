import { setTimeout as sleep } from 'node:timers/promises';
import type { Started } from '../bench.ts';
import type { Upstream } from '../upstream/upstream.ts';
import { usageOf } from '../usage.ts';
import { Client } from './client.ts';
import { type Load, loadWithWrk } from './wrk.ts';

/** Interval of memory samples, in milliseconds. Each costs this machine a few milliseconds of CPU. */
const SAMPLE_MS = 500;

/** The load on a peer. */
export interface Demand extends Omit<Load, 'url'> {}

/** Cost of a load for the peer and the upstream. */
export type Cost = {
  readonly responsesPerSecond: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly calls: number;
  readonly callsPerResponse: number;
  readonly cpuMicrosPerResponse: number;
  /** Maximum resident memory of the peer and its descendants. */
  readonly rssMb: number;
  /** In percent of one core. */
  readonly upstreamCpuPercent: number;
  /** In percent of one core. */
  readonly wrkCpuPercent: number;
};

/** Maximum warm-up, in seconds: a peer that is not steady by then is measured anyway. */
const WARM_UP_LIMIT_SECONDS = 40;

/**
 * Loads a peer until it is steady: until two consecutive loads of `demand.seconds` take at least 95 % of the CPU per response
 * of the best one before. JavaScript engines compile a function after a number of calls, not after a time: on a machine at a
 * third of its speed, two seconds of load leave most of a JavaScript peer interpreted. The rule is the same for every peer.
 */
export async function warmUp(peer: Started, demand: Demand): Promise<void> {
  const load = { ...demand, url: peer.url };
  let best = Number.POSITIVE_INFINITY;
  let steadyLoads = 0;
  for (let seconds = 0; steadyLoads < 2 && seconds < WARM_UP_LIMIT_SECONDS; seconds += demand.seconds) {
    const before = usageOf(peer.pid).cpuMicros;
    const { responses } = await loadWithWrk(load);
    const cpuMicrosPerResponse = (usageOf(peer.pid).cpuMicros - before) / responses;
    steadyLoads = cpuMicrosPerResponse < 0.95 * best ? 0 : steadyLoads + 1;
    best = Math.min(best, cpuMicrosPerResponse);
  }
}

/** Measures a load on a running peer, and then checks that its responses are still correct. */
export async function measureLoad(peer: Started, upstream: Upstream, demand: Demand): Promise<Cost> {
  const load = { ...demand, url: peer.url };
  await upstream.reset();
  const [before, upstreamBefore] = [usageOf(peer.pid), usageOf(upstream.pid)];
  let rssBytes = before.rssBytes;
  const ended = new AbortController();
  const sampling = (async () => {
    while (!ended.signal.aborted) {
      rssBytes = Math.max(rssBytes, usageOf(peer.pid).rssBytes);
      await sleep(SAMPLE_MS, undefined, { signal: ended.signal }).catch(() => undefined);
    }
  })();
  const result = await loadWithWrk(load).finally(() => ended.abort());
  await sampling;
  const [after, upstreamAfter, calls] = [usageOf(peer.pid), usageOf(upstream.pid), await upstream.calls()];
  await check(load);
  const { responses, micros } = result;
  return {
    responsesPerSecond: (responses / micros) * 1e6,
    seconds: micros / 1e6,
    p50Ms: result.p50Micros / 1000,
    p99Ms: result.p99Micros / 1000,
    calls,
    callsPerResponse: calls / responses,
    cpuMicrosPerResponse: (after.cpuMicros - before.cpuMicros) / responses,
    rssMb: Math.max(rssBytes, after.rssBytes) / 2 ** 20,
    upstreamCpuPercent: ((upstreamAfter.cpuMicros - upstreamBefore.cpuMicros) / micros) * 100,
    wrkCpuPercent: (result.cpuMicros / micros) * 100,
  };
}

/** Requests a few of the load's pages sequentially. */
async function check({ url, bodies, texts }: Load): Promise<void> {
  using client = new Client();
  for (const index of new Set([0, Math.floor(bodies.length / 2), bodies.length - 1])) {
    const { status, text } = await client.post(url, bodies[index] ?? '');
    if (status !== 200 || text !== texts[index])
      throw new Error(
        `answered ${status} ${text.slice(0, 500)} where ${texts[index]?.slice(0, 500)} is right`,
      );
  }
}
