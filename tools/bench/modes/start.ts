import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../load/client.ts';
import { measureLoad } from '../load/measure.ts';
import { weigh } from '../packages.ts';
import { usageOf } from '../usage.ts';
import type { Mode } from './mode.ts';

/** Idle time of a started peer before its memory counts as idle, in milliseconds. */
const IDLE_MS = 1000;

/** Duration of a start, and the size in memory and on disk. */
export const start: Mode = {
  name: 'start',
  title:
    'from the start of the process until it takes requests (the gateway: /ready says so) and until its first response; memory idle and under the load of hot; production packages',
  columns: [
    { figure: 'readyMs', title: 'ready ms', digits: 0, spread: true },
    { figure: 'answeredMs', title: 'first response ms', digits: 0, spread: true },
    { figure: 'idleMb', title: 'RSS idle MB', digits: 0 },
    { figure: 'hotMb', title: 'RSS hot MB', digits: 0, spread: true },
    { figure: 'packages', title: 'packages', digits: 0 },
    { figure: 'installedMb', title: 'installed MB', digits: 1 },
  ],
  async measure(bench, peer) {
    const { bodies, texts } = await bench.pages(peer);
    const { connections, seconds } = bench.options;
    await using started = await bench.start(peer, true);
    using client = new Client();
    await client.post(started.url, bodies[0] ?? '');
    const answeredMs = performance.now() - started.startedMs;
    await sleep(IDLE_MS);
    const idleMb = usageOf(started.pid).rssBytes / 2 ** 20;
    const demand = { bodies: bodies.slice(0, 1), texts: texts.slice(0, 1), connections, seconds };
    const { rssMb } = await measureLoad(started, bench.upstream, demand);
    const figures = { readyMs: started.readyMs, answeredMs, idleMb, hotMb: rssMb };
    if (peer.installed === undefined) return { [peer.name]: figures };
    const { packages, bytes } = weigh(peer.installed);
    return { [peer.name]: { ...figures, packages, installedMb: bytes / 1e6 } };
  },
};
