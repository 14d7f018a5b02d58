import { afterAll, beforeAll, expect, test } from 'vitest';
import { fc } from '../runs.ts';
import { fuzzRuns } from './fuzz-runs.ts';
import { type FuzzedGateway, startFuzzedGateway } from './fuzzed-gateway.ts';
import { HttpClient } from './http-client.ts';
import { mutated } from './inputs/bytes.ts';
import { documents } from './inputs/documents.ts';
import { EXCESSIVE_DOCUMENTS } from './inputs/excessive-documents.ts';
import { path, variables } from './inputs/requests.ts';
import { expectReleased, sendAndCheck } from './invariants.ts';
import type { Vitals } from './vitals-probe.ts';

let gateway: FuzzedGateway;
let client: HttpClient;
let before: Vitals;
beforeAll(async () => {
  gateway = await startFuzzedGateway();
  client = new HttpClient(gateway.port);
  const { status } = await ask('/graphql', '{ customizedVoiceJobs { totalCount } }');
  expect(status).toBe(200);
  before = await gateway.vitals();
});
afterAll(() => gateway[Symbol.asyncDispose]());

const ask = (target: string, query: string, values?: unknown) =>
  sendAndCheck(gateway, client, {
    target,
    body: Buffer.from(JSON.stringify({ query, variables: values })),
  });

test('a random document is executed or rejected without an internal error', () =>
  fc.assert(
    fc.asyncProperty(
      path.chain((target) =>
        fc.tuple(fc.constant(target), mutated(documents[target].map((text) => Buffer.from(text)))),
      ),
      async ([target, text]) => void (await ask(target, String(text))),
    ),
    fuzzRuns('documents'),
  ));

test('a deeply nested or repetitive document causes no internal error', () =>
  fc.assert(
    fc.asyncProperty(
      path,
      fc.constantFrom(...(Object.keys(EXCESSIVE_DOCUMENTS) as (keyof typeof EXCESSIVE_DOCUMENTS)[])),
      fc.integer({ min: 1, max: 20_000 }),
      async (target, kind, size) => void (await ask(target, EXCESSIVE_DOCUMENTS[kind](size))),
    ),
    fuzzRuns('excessiveDocuments'),
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

test('random variables are accepted or rejected without an internal error', () =>
  fc.assert(
    fc.asyncProperty(
      path,
      fc.constantFrom(...DECLARED),
      variables,
      async (target, query, values) => void (await ask(target, query, values)),
    ),
    fuzzRuns('variables'),
  ));

test('after random documents and variables, the gateway has released all connections and memory', () => {
  client[Symbol.dispose]();
  return expectReleased(gateway, before);
});
