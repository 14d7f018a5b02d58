import { afterAll, beforeAll, expect, test } from 'vitest';
import { fc } from '../runs.ts';
import { Asker } from './asker.ts';
import { type FuzzedGateway, startFuzzedGateway } from './fuzzed-gateway.ts';
import { mutated } from './inputs/bytes.ts';
import { path, soundRequest, wrongShape } from './inputs/requests.ts';
import { expectCalm, expectLawfulAnswer } from './law.ts';
import { FULL_RUNS, tries } from './runs.ts';
import type { Vitals } from './vitals-probe.ts';

let gateway: FuzzedGateway;
let asker: Asker;
let before: Vitals;
beforeAll(async () => {
  gateway = await startFuzzedGateway();
  asker = new Asker(gateway.port);
  await asker.ask({
    target: '/graphql',
    body: Buffer.from('{"query":"{ customizedVoiceJobs { totalCount } }"}'),
  });
  before = await gateway.vitals();
});
afterAll(() => gateway[Symbol.asyncDispose]());

const check = (bodies: fc.Arbitrary<Buffer>, law: keyof typeof FULL_RUNS) =>
  fc.assert(
    fc.asyncProperty(path, bodies, async (target, body) => {
      await expectLawfulAnswer(gateway, asker, { target, body });
    }),
    tries(law),
  );

test('a full run tries 10,000 requests and 10,000 connections', () => {
  const { connections, interleavings: _, ...requests } = FULL_RUNS;
  expect(connections).toBe(10_000);
  expect(Object.values(requests).reduce<number>((sum, runs) => sum + runs, 0)).toBe(10_000);
});

test('random bytes are refused', () =>
  check(
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    'randomBytes',
  ));

test('a request with changed bytes is answered or refused', () =>
  fc.assert(
    fc.asyncProperty(
      path.chain((target) =>
        fc.record({
          target: fc.constant(target),
          body: mutated(soundRequest(target).map((text) => Buffer.from(text))),
        }),
      ),
      async (asked) => void (await expectLawfulAnswer(gateway, asker, asked)),
    ),
    tries('changedJson'),
  ));

test('JSON of other shapes is refused', () =>
  check(
    wrongShape.map((text) => Buffer.from(text)),
    'wrongShapes',
  ));

test('nothing is left of it', () => {
  asker[Symbol.dispose]();
  return expectCalm(gateway, before);
});
