import { afterAll, beforeAll, expect, test } from 'vitest';
import { fc } from '../runs.ts';
import { Asker } from './asker.ts';
import { type FuzzedGateway, startFuzzedGateway } from './fuzzed-gateway.ts';
import { mutated } from './inputs/bytes.ts';
import { documents } from './inputs/documents.ts';
import { MONSTERS } from './inputs/monsters.ts';
import { path, variables } from './inputs/requests.ts';
import { expectCalm, expectLawfulAnswer } from './law.ts';
import { tries } from './runs.ts';
import type { Vitals } from './vitals-probe.ts';

let gateway: FuzzedGateway;
let asker: Asker;
let before: Vitals;
beforeAll(async () => {
  gateway = await startFuzzedGateway();
  asker = new Asker(gateway.port);
  const { status } = await ask('/graphql', '{ customizedVoiceJobs { totalCount } }');
  expect(status).toBe(200);
  before = await gateway.vitals();
});
afterAll(() => gateway[Symbol.asyncDispose]());

const ask = (target: string, query: string, given?: unknown) =>
  expectLawfulAnswer(gateway, asker, {
    target,
    body: Buffer.from(JSON.stringify({ query, variables: given })),
  });

test('a document of any words is answered or refused', () =>
  fc.assert(
    fc.asyncProperty(
      path.chain((target) =>
        fc.tuple(fc.constant(target), mutated(documents[target].map((text) => Buffer.from(text)))),
      ),
      async ([target, text]) => void (await ask(target, String(text))),
    ),
    tries('documents'),
  ));

test('a document without measure is refused', () =>
  fc.assert(
    fc.asyncProperty(
      path,
      fc.constantFrom(...(Object.keys(MONSTERS) as (keyof typeof MONSTERS)[])),
      fc.integer({ min: 1, max: 20_000 }),
      async (target, monster, size) => void (await ask(target, MONSTERS[monster](size))),
    ),
    tries('monsters'),
  ));

const DECLARED = [
  'query ($n: Int) { customizedVoiceJobs(first: $n) { totalCount } }',
  'query ($n: Int, $after: String) { customizedVoiceJobs(first: $n, after: $after) { edges { cursor } } }',
  'query ($type: CustomizedVoiceJobTypeFilter!) { customizedVoiceJobs(type: $type) { totalCount } }',
  'query ($id: ID!) { customizedVoiceJob(jobId: $id) { status } }',
  'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }',
  'query ($x: Boolean!) { __typename @include(if: $x) }',
  'query ($reps: [_Any!]!) { _entities(representations: $reps) { __typename } }',
  'query ($id: ID) { _entities(representations: [{ __typename: "CustomizedVoiceJob", jobId: $id }]) { __typename } }',
];

test('variables of any kind are taken or refused', () =>
  fc.assert(
    fc.asyncProperty(
      path,
      fc.constantFrom(...DECLARED),
      variables,
      async (target, query, given) => void (await ask(target, query, given)),
    ),
    tries('variables'),
  ));

test('nothing is left of it', () => {
  asker[Symbol.dispose]();
  return expectCalm(gateway, before);
});
