import { measureLoad, warmUp } from '../load/measure.ts';
import { CACHE_TTL_MS } from '../peers/peer.ts';
import type { Column, Mode } from './mode.ts';

export const loadColumns: readonly Column[] = [
  { figure: 'responsesPerSecond', title: 'responses/s', digits: 0, spread: true },
  { figure: 'ratio', title: '× node', digits: 3, spread: true },
  { figure: 'p50Ms', title: 'p50 ms', digits: 2 },
  { figure: 'p99Ms', title: 'p99 ms', digits: 2 },
  { figure: 'callsPerResponse', title: 'calls/response', digits: 4 },
  { figure: 'cpuMicrosPerResponse', title: 'CPU µs/response', digits: 0 },
  { figure: 'rssMb', title: 'RSS MB', digits: 0 },
  { figure: 'upstreamCpuPercent', title: 'upstream CPU %', digits: 0 },
  { figure: 'wrkCpuPercent', title: 'wrk CPU %', digits: 0 },
];

const on = `caches on for ${CACHE_TTL_MS / 1000} s`;
export const hot = throughput('hot', `the same page again and again, ${on}`, true, 1);
export const warm = throughput('warm', `500 pages in turn, ${on}`, true, 500);
export const cold = throughput('cold', 'the same page again and again, caches off', false, 1);

/** Responses per second for `pages` different bodies in turn. */
function throughput(name: 'hot' | 'warm' | 'cold', title: string, cached: boolean, pages: number): Mode {
  return {
    name,
    title,
    columns: loadColumns,
    async measure(bench, peer) {
      const { bodies, texts } = await bench.pages(peer);
      const { connections, seconds } = bench.options;
      const demand = { bodies: bodies.slice(0, pages), texts: texts.slice(0, pages), connections, seconds };
      await using started = await bench.start(peer, cached);
      await warmUp(started, { ...demand, seconds: Math.ceil(seconds / 2) });
      return { [peer.name]: await measureLoad(started, bench.upstream, demand) };
    },
  };
}
