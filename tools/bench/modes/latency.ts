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

/**
 * Duration of uncached responses. Shared machines may be several times slower for a tenth of a second at a time, which multiplies
 * the CPU time of every response that meets it; the percentile at full speed leaves those responses out, for all peers alike.
 */
export const latency: Mode = {
  name: 'latency',
  title: `${RATE} responses/s of 500 pages in turn, caches off, upstream of ${UPSTREAM_MS} ms`,
  columns: [
    { figure: 'responses', title: 'responses', digits: 0 },
    { figure: 'p50Ms', title: 'p50 ms', digits: 2, spread: true },
    { figure: 'p99Ms', title: 'p99 ms', digits: 2, spread: true },
    { figure: 'p99FullSpeedMs', title: 'p99 ms at full speed', digits: 2, spread: true },
    { figure: 'slowPercent', title: 'slow machine %', digits: 0 },
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
      const { tookMs, atFullSpeed } = await openLoop(responses, RATE, exchange, UPSTREAM_MS);
      const calls = await bench.upstream.calls();
      for (const [index, answer] of seen.entries()) check(answer, texts[index % texts.length]);
      const fast = tookMs.filter((_, index) => atFullSpeed[index]);
      const figures: Record<string, number> = {
        responses,
        p50Ms: percentile(tookMs, 50),
        p99Ms: percentile(tookMs, 99),
        maxMs: percentile(tookMs, 100),
        slowPercent: 100 * (1 - fast.length / responses),
        callsPerResponse: calls / responses,
      };
      if (fast.length > 0) figures.p99FullSpeedMs = percentile(fast, 99);
      return { [peer.name]: figures };
    } finally {
      await bench.upstream.setLatencyMs(0);
    }
  },
};

function check({ status, text }: HttpAnswer, right: string | undefined): void {
  if (status !== 200 || text !== right)
    throw new Error(`answered ${status} ${text.slice(0, 500)} where ${right?.slice(0, 500)} is right`);
}
