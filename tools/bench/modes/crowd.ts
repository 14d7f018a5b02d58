import { measureLoad } from '../load/measure.ts';
import { loadWithWrk } from '../load/wrk.ts';
import { CACHE_TTL_MS } from '../peers/peer.ts';
import type { Walk } from '../walk.ts';
import type { Mode } from './mode.ts';
import { loadColumns } from './throughput.ts';

const CLIENTS = 500;

/** Number of distinct windows that the crowd requests; no two are in one page of 100. */
export const CROWD_WINDOWS = 5;

const CURSOR_INTERVAL = 100;

/** Many clients request few pages. */
export const crowd: Mode = {
  name: 'crowd',
  title: `${CLIENTS} clients look at ${CROWD_WINDOWS} pages, caches on for ${CACHE_TTL_MS / 1000} s and empty at first`,
  columns: [
    ...loadColumns.slice(0, 4),
    { figure: 'calls', title: 'calls', digits: 0, spread: true },
    { figure: 'seconds', title: 'in s', digits: 1 },
    ...loadColumns.slice(5),
  ],
  async measure(bench, peer) {
    const walk = await bench.pages(peer);
    await using started = await bench.start(peer, true);
    // Warms up with pages that the crowd does not request.
    const warming = {
      ...every(walk, CURSOR_INTERVAL / 2),
      connections: bench.options.connections,
      url: started.url,
    };
    await loadWithWrk({ ...warming, seconds: Math.ceil(bench.options.seconds / 2) });
    const demand = { ...every(walk, 0), connections: CLIENTS, seconds: bench.options.longSeconds };
    return { [peer.name]: await measureLoad(started, bench.upstream, demand) };
  },
};

/** Every hundredth page from `start`. */
function every({ bodies, texts }: Walk, start: number): Walk {
  const chosen = (_: string, index: number): boolean => index % CURSOR_INTERVAL === start;
  return { bodies: bodies.filter(chosen), texts: texts.filter(chosen) };
}
