import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeCursor, encodeCursor } from '../../src/paging/cursor.ts';
import { fc } from '../runs.ts';
import { fuzzRuns } from './fuzz-runs.ts';
import { type FuzzedGateway, startFuzzedGateway } from './fuzzed-gateway.ts';
import { HttpClient } from './http-client.ts';
import { mutated } from './inputs/bytes.ts';
import { expectReleased, sendAndCheck } from './invariants.ts';
import type { Vitals } from './vitals-probe.ts';

let gateway: FuzzedGateway;
let client: HttpClient;
let before: Vitals;
/** Cursors that the gateway returned, of each list. */
let returned: string[];
beforeAll(async () => {
  gateway = await startFuzzedGateway();
  client = new HttpClient(gateway.port);
  returned = [];
  for (const type of ['BASIC', 'STANDARD', 'ALL']) {
    const { edges } = await read(`type: ${type}, first: 60`);
    returned.push(...edges.map(({ cursor }: { cursor: string }) => cursor));
  }
  expect(returned.length).toBeGreaterThan(150);
  before = await gateway.vitals();
});
afterAll(() => gateway[Symbol.asyncDispose]());

async function read(args: string) {
  const query = `{ customizedVoiceJobs(${args}) { totalCount edges { cursor } } }`;
  const body = Buffer.from(JSON.stringify({ query }));
  const response = await sendAndCheck(gateway, client, { target: '/graphql', body });
  return JSON.parse(response.body).data?.customizedVoiceJobs;
}

/** A cursor with a valid checksum and arbitrary numbers. */
const forged = fc
  .record({
    offset: fc.oneof(
      fc.integer({ min: -1, max: 300 }),
      fc.maxSafeNat().map((far) => Math.floor(far / 16)),
    ),
    total: fc.oneof(fc.nat(300), fc.maxSafeNat()),
    key: fc.uint8Array({ minLength: 8, maxLength: 8 }),
    createdAt: fc.option(fc.nat(2 ** 39)),
    ordered: fc.boolean(),
    list: fc.nat(15),
    anchors: fc.integer({ min: 1, max: 3 }),
    neighbours: fc.array(fc.uint8Array({ minLength: 3, maxLength: 3 }), { maxLength: 8 }),
    side: fc.constantFrom('above' as const, 'below' as const),
    complete: fc.boolean(),
  })
  .map(({ key, neighbours, side, complete, list, anchors, offset, total, createdAt, ordered }) =>
    encodeCursor({
      list,
      anchors: Array.from({ length: anchors }, () => ({
        offset,
        total,
        key: Buffer.from(key).toString('hex'),
        createdAt,
        ordered,
        neighbours: { side, keys: neighbours.map((mark) => Buffer.from(mark).toString('hex')), complete },
      })),
    }),
  );

test('a changed or forged cursor is accepted or rejected without an internal error, in either direction of each list', () =>
  fc.assert(
    fc.asyncProperty(
      fc.oneof(
        {
          weight: 2,
          arbitrary: mutated(fc.nat(returned.length - 1).map((at) => Buffer.from(returned[at] ?? ''))).map(
            String,
          ),
        },
        { weight: 3, arbitrary: forged },
        { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) },
      ),
      fc.constantFrom('BASIC', 'STANDARD', 'ALL'),
      fc.constantFrom('first: 3, after', 'last: 3, before', 'first: 0, before', 'last: 100, after'),
      async (cursor, type, side) => {
        await read(`type: ${type}, ${side}: ${JSON.stringify(cursor)}`);
      },
    ),
    fuzzRuns('cursors'),
  ));

test('more than a quarter of the forged cursors can be decoded', () => {
  const read = fc.sample(forged, 200).filter((cursor) => {
    try {
      return decodeCursor(cursor).anchors.length > 0;
    } catch {
      return false;
    }
  });
  expect(read.length).toBeGreaterThan(50);
});

test('after changed and forged cursors, the gateway has released all connections and memory', () => {
  client[Symbol.dispose]();
  return expectReleased(gateway, before);
});
