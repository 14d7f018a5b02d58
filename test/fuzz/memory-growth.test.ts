import { afterAll, beforeAll, expect, test } from 'vitest';
import { FULL, fc } from '../runs.ts';
import { type FuzzedGateway, startFuzzedGateway } from './fuzzed-gateway.ts';
import { HttpClient } from './http-client.ts';
import { mutated } from './inputs/bytes.ts';
import { path, soundRequest, wrongShape } from './inputs/requests.ts';
import { expectValidResponse } from './invariants.ts';

let gateway: FuzzedGateway;
let client: HttpClient;
beforeAll(async () => {
  // With caches, whose entries must be released too.
  gateway = await startFuzzedGateway({ CACHE_TTL_MS: '100' });
  client = new HttpClient(gateway.port);
});
afterAll(async () => {
  client[Symbol.dispose]();
  await gateway[Symbol.asyncDispose]();
});

const ask = async (target: string, body: string | Buffer) =>
  expectValidResponse(await client.ask({ target, body: Buffer.from(body) }), String(body).slice(0, 1000));

/** Requests per round. A leak per request below {@link NOISE_BYTES} / 20 rounds / this number stays hidden: 500 bytes with 50. */
const REQUESTS = FULL ? 150 : 50;

/** Growth in bytes that is not a leak: late work of compiler and allocator. */
const NOISE_BYTES = 500_000;

test('heap does not grow between the 16th and the 36th round of the same requests', async () => {
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
    // A fixed seed keeps the noise constant.
    { numRuns: REQUESTS, seed: 7 },
  );
  const heapAfter = async (rounds: number) => {
    for (let round = 0; round < rounds; round++) {
      for (const [target, body] of requests) await ask(target, body);
    }
    return (await gateway.vitals()).heapBytes;
  };
  const warm = await heapAfter(16);
  expect((await heapAfter(20)) - warm).toBeLessThan(NOISE_BYTES);
});
