import { expect, test } from 'vitest';
import { FULL } from '../runs.ts';
import { startFuzzedGateway } from './fuzzed-gateway.ts';
import { HttpClient } from './http-client.ts';
import { expectValidResponse } from './invariants.ts';

/** Number of documents. Before the document cache had a limit in bytes, 350 of them took 82 MB. */
const DOCUMENTS = FULL ? 700 : 350;

/** Heap growth allowed, in bytes. 700 documents are 63 MB themselves. */
const MAX_GROWTH_BYTES = 64e6;

test('distinct documents of maximum size do not accumulate in memory, whether valid or not', async () => {
  await using gateway = await startFuzzedGateway();
  using client = new HttpClient(gateway.port);
  const ask = async (query: string) =>
    expectValidResponse(
      await client.ask({ target: '/graphql', body: Buffer.from(JSON.stringify({ query })) }),
    );
  for (const query of ['{ __typename }', '{ nowhere }', '{ 1 }']) await ask(query);
  const { heapBytes } = await gateway.vitals();
  for (let at = 0; at < DOCUMENTS; at++) {
    const query = [`{ a${at}: __typename }`, `{ nowhere${at} }`, `{ ${at} }`][at % 3];
    await ask(`${query} #${'x'.repeat(90_000)}`);
  }
  expect((await gateway.vitals()).heapBytes - heapBytes).toBeLessThan(MAX_GROWTH_BYTES);
});
