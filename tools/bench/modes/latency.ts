import type { HttpAnswer } from '../load/client.ts';
import { warmUp } from '../load/measure.ts';
import { openLoop } from '../load/open-loop.ts';
import { WireClient, wireRequest } from '../load/wire.ts';
import { percentile } from '../statistics.ts';
import type { Mode } from './mode.ts';

/** Latency of the upstream, in milliseconds. */
export const UPSTREAM_MS = 50;

/** Responses a second. */
const RATE = 200;

/** Duration of uncached responses. */
export const latency: Mode = {
  name: 'latency',
  title: `${RATE} responses/s of 500 pages in turn, caches off, upstream of ${UPSTREAM_MS} ms`,
  columns: [
    { figure: 'responses', title: 'responses', digits: 0 },
    { figure: 'p50Ms', title: 'p50 ms', digits: 2, spread: true },
    { figure: 'p99Ms', title: 'p99 ms', digits: 2, spread: true },
    { figure: 'maxMs', title: 'max ms', digits: 2 },
    { figure: 'callsPerResponse', title: 'calls/response', digits: 4 },
  ],
  async measure(bench, peer) {
    const { bodies, texts } = await bench.pages(peer);
    const responses = bench.options.quick
      ? RATE * bench.options.seconds
      : Math.max(2000, RATE * bench.options.longSeconds);
    await using started = await bench.start(peer, false);
    using client = new WireClient(started.url);
    const requests = bodies.map((body) => wireRequest(started.url, body));
    const seen: HttpAnswer[] = [];
    const exchange = async (index: number): Promise<void> => {
      seen[index] = await client.send(requests[index % requests.length] as Buffer);
    };
    const { connections, seconds } = bench.options;
    await warmUp(started, { bodies, texts, connections, seconds: Math.ceil(seconds / 2) });
    await bench.upstream.setLatencyMs(UPSTREAM_MS);
    try {
      // Opens connections before anything is measured.
      await openLoop(5 * RATE, RATE, exchange);
      await bench.upstream.reset();
      const tookMs = await openLoop(responses, RATE, exchange);
      const calls = await bench.upstream.calls();
      for (const [index, answer] of seen.entries()) check(answer, texts[index % texts.length]);
      const [p50Ms, p99Ms, maxMs] = [50, 99, 100].map((percent) => percentile(tookMs, percent));
      return {
        [peer.name]: { responses, p50Ms, p99Ms, maxMs, callsPerResponse: calls / responses } as Record<
          string,
          number
        >,
      };
    } finally {
      await bench.upstream.setLatencyMs(0);
    }
  },
};

function check({ status, text }: HttpAnswer, right: string | undefined): void {
  if (status !== 200 || text !== right)
    throw new Error(`answered ${status} ${text.slice(0, 500)} where ${right?.slice(0, 500)} is right`);
}
