import { type Bench, FIRST } from '../bench.ts';
import { Client } from '../load/client.ts';
import type { Peer } from '../peers/peer.ts';
import { walk } from '../walk.ts';
import type { Figures, Mode } from './mode.ts';

/** Number of jobs of a walk, and its page sizes. */
export const SCROLLED = 1000;
export const STEPS = [10, 7, 100] as const;

/** One client walks a list from start to end. */
export const scroll: Mode = {
  name: 'scroll',
  title: `a walk through ${SCROLLED} jobs, by ${STEPS.join(', by ')}`,
  columns: [
    ...STEPS.map((first) => ({
      figure: `calls${first}`,
      title: `calls by ${first}`,
      digits: 0,
      spread: true,
    })),
    ...STEPS.map((first) => ({ figure: `ms${first}`, title: `ms by ${first}`, digits: 0 })),
  ],
  async measure(bench, peer) {
    if (peer.dialect === undefined) return {};
    const results: Record<string, Figures> = {};
    for (const cached of [true, false]) {
      const figures: Record<string, number> = {};
      for (const first of STEPS) Object.assign(figures, await scrollOnce(bench, peer, cached, first));
      results[`${peer.name}, cache ${cached ? 'on' : 'off'}`] = figures;
    }
    return results;
  },
};

async function scrollOnce(bench: Bench, peer: Peer, cached: boolean, first: number): Promise<Figures> {
  const { dialect } = peer;
  if (dialect === undefined) return {};
  await using started = await bench.start(peer, cached);
  using client = new Client();
  // Warms up with a walk through the other list.
  await walk(client, started.url, dialect, bench.list('BASIC'), FIRST);
  await bench.upstream.reset();
  const startMs = performance.now();
  await walk(client, started.url, dialect, bench.list('STANDARD'), first);
  const tookMs = performance.now() - startMs;
  return { [`calls${first}`]: await bench.upstream.calls(), [`ms${first}`]: tookMs };
}
