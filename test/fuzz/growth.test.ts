import { afterAll, beforeAll, expect, test } from 'vitest';
import { FULL, fc } from '../runs.ts';
import { Asker } from './asker.ts';
import { type FuzzedGateway, startFuzzedGateway } from './fuzzed-gateway.ts';
import { mutated } from './inputs/bytes.ts';
import { path, soundRequest, wrongShape } from './inputs/requests.ts';
import { expectLawful } from './law.ts';

let gateway: FuzzedGateway;
let asker: Asker;
beforeAll(async () => {
  // With caches, whose entries have to be let go of again too.
  gateway = await startFuzzedGateway({ CACHE_TTL_MS: '100' });
  asker = new Asker(gateway.port);
});
afterAll(async () => {
  asker[Symbol.dispose]();
  await gateway[Symbol.asyncDispose]();
});

const ask = async (target: string, body: string | Buffer) =>
  expectLawful(await asker.ask({ target, body: Buffer.from(body) }), String(body).slice(0, 1000));

/** Requests in a round. The fewer, the larger the leak per request that {@link NOISE} hides: 500 bytes with 50. */
const REQUESTS = FULL ? 150 : 50;

/** Growth that is none: what the compiler and the allocator are still about, in bytes. */
const NOISE = 500_000;

test('the same requests, over and over, leave no more behind the thirty-sixth time than the sixteenth', async () => {
  const requests = fc.sample(
    path.chain((target) =>
      fc.tuple(
        fc.constant(target),
        fc.oneof(
          mutated(soundRequest(target).map((text) => Buffer.from(text))),
          wrongShape.map((text) => Buffer.from(text)),
        ),
      ),
    ),
    // Always the same ones, so that the noise is too.
    { numRuns: REQUESTS, seed: 7 },
  );
  const heapAfter = async (rounds: number) => {
    for (let round = 0; round < rounds; round++) {
      for (const [target, body] of requests) await ask(target, body);
    }
    return (await gateway.vitals()).heapBytes;
  };
  const warm = await heapAfter(16);
  expect((await heapAfter(20)) - warm).toBeLessThan(NOISE);
});
