import { expect, test } from 'vitest';
import { FULL } from '../runs.ts';
import { Asker } from './asker.ts';
import { startFuzzedGateway } from './fuzzed-gateway.ts';
import { expectLawful } from './law.ts';

/** How many; before the cache was bounded in bytes, 350 of them took 82 MB. */
const DOCUMENTS = FULL ? 700 : 350;

/** What may stay of them, in bytes; 700 are 63 MB themselves. */
const ROOM = 64e6;

test('documents that all differ and are as long as a body can be do not stay, whether they are good or bad', async () => {
  await using gateway = await startFuzzedGateway();
  using asker = new Asker(gateway.port);
  const ask = async (query: string) =>
    expectLawful(await asker.ask({ target: '/graphql', body: Buffer.from(JSON.stringify({ query })) }));
  for (const query of ['{ __typename }', '{ nowhere }', '{ 1 }']) await ask(query);
  const { heapBytes } = await gateway.vitals();
  for (let at = 0; at < DOCUMENTS; at++) {
    const query = [`{ a${at}: __typename }`, `{ nowhere${at} }`, `{ ${at} }`][at % 3];
    await ask(`${query} #${'x'.repeat(90_000)}`);
  }
  expect((await gateway.vitals()).heapBytes - heapBytes).toBeLessThan(ROOM);
});
