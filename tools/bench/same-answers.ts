import type { Bench } from './bench.ts';
import { Client } from './load/client.ts';
import { gateway } from './peers/gateway.ts';

/**
 * Requests every page twice from the gateway with its cache on. Each response must equal, byte for byte, the one with the
 * cache off.
 *
 * @returns the number of pages
 * @throws Error for a different response
 */
export async function checkSameAnswers(bench: Bench): Promise<number> {
  const { bodies, texts } = await bench.pages(gateway);
  await using started = await bench.start(gateway, true);
  using client = new Client();
  for (const [index, body] of bodies.entries()) {
    for (const time of ['first', 'second']) {
      const { text } = await client.post(started.url, body);
      if (text !== texts[index])
        throw new Error(
          `the ${time} answer with the cache on is ${text}; with it off, it was ${texts[index]}`,
        );
    }
  }
  return bodies.length;
}
