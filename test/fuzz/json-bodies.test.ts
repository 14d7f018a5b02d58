import { afterAll, beforeAll, expect, test } from 'vitest';
import { fc } from '../runs.ts';
import { FULL_RUNS, fuzzRuns } from './fuzz-runs.ts';
import { type FuzzedGateway, startFuzzedGateway } from './fuzzed-gateway.ts';
import { HttpClient } from './http-client.ts';
import { mutated } from './inputs/bytes.ts';
import { path, soundRequest, wrongShape } from './inputs/requests.ts';
import { expectReleased, sendAndCheck } from './invariants.ts';
import type { Vitals } from './vitals-probe.ts';

let gateway: FuzzedGateway;
let client: HttpClient;
let before: Vitals;
beforeAll(async () => {
  gateway = await startFuzzedGateway();
  client = new HttpClient(gateway.port);
  await client.ask({
    target: '/graphql',
    body: Buffer.from('{"query":"{ customizedVoiceJobs { totalCount } }"}'),
  });
  before = await gateway.vitals();
});
afterAll(() => gateway[Symbol.asyncDispose]());

const check = (bodies: fc.Arbitrary<Buffer>, property: keyof typeof FULL_RUNS) =>
  fc.assert(
    fc.asyncProperty(path, bodies, async (target, body) => {
      await sendAndCheck(gateway, client, { target, body });
    }),
    fuzzRuns(property),
  );

test('a full run makes 10,000 requests and 10,000 connections', () => {
  const { connections, interleavings: _, ...requests } = FULL_RUNS;
  expect(connections).toBe(10_000);
  expect(Object.values(requests).reduce<number>((sum, runs) => sum + runs, 0)).toBe(10_000);
});

test('random bytes as a body are rejected without an internal error', () =>
  check(
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    'randomBytes',
  ));

test('a request body with changed bytes is executed or rejected without an internal error', () =>
  fc.assert(
    fc.asyncProperty(
      path.chain((target) =>
        fc.record({
          target: fc.constant(target),
          body: mutated(soundRequest(target).map((text) => Buffer.from(text))),
        }),
      ),
      async (request) => void (await sendAndCheck(gateway, client, request)),
    ),
    fuzzRuns('changedJson'),
  ));

test('JSON that is not a request is rejected without an internal error', () =>
  check(
    wrongShape.map((text) => Buffer.from(text)),
    'wrongShapes',
  ));

test('after random bodies, the gateway has released all connections and memory', () => {
  client[Symbol.dispose]();
  return expectReleased(gateway, before);
});
