import { afterAll, beforeAll, test } from 'vitest';
import { fc } from '../runs.ts';
import { fuzzRuns } from './fuzz-runs.ts';
import { type FuzzedGateway, startFuzzedGateway } from './fuzzed-gateway.ts';
import { HttpClient } from './http-client.ts';
import { mutated } from './inputs/bytes.ts';
import { documents } from './inputs/documents.ts';
import { anyJson, path } from './inputs/requests.ts';
import { expectReleased, sendAndCheck } from './invariants.ts';
import type { Vitals } from './vitals-probe.ts';

let gateway: FuzzedGateway;
let client: HttpClient;
let before: Vitals;
beforeAll(async () => {
  gateway = await startFuzzedGateway();
  client = new HttpClient(gateway.port);
  await client.ask({ method: 'GET', target: '/graphql?query={customizedVoiceJobs{totalCount}}' });
  before = await gateway.vitals();
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** Request parameters in a URL, valid or not. */
const search = path.chain((target) =>
  fc
    .record(
      {
        query: documents[target],
        variables: fc.oneof(
          fc.constant('{"n":2,"x":true}'),
          fc.string(),
          anyJson.map((value) => JSON.stringify(value) ?? ''),
        ),
        operationName: fc.constantFrom('Q', '', 'Other'),
        extensions: fc.constantFrom('{}', '{', 'null'),
        constructor: fc.string(),
        id: fc.string(),
      },
      { requiredKeys: ['query'] },
    )
    .map((params) => ({ target, search: String(new URLSearchParams(params as Record<string, string>)) })),
);

/** Percent-encodes what Node's client refuses to send in a request line. Each character of `text` is a byte. */
const sendable = (text: string) =>
  text.replace(/[^!-~]/g, (sign) => `%${sign.charCodeAt(0).toString(16).padStart(2, '0')}`);

test('a random query string is executed or rejected without an internal error', () =>
  fc.assert(
    fc.asyncProperty(
      search.chain((params) =>
        mutated(fc.constant(Buffer.from(params.search))).map(
          (bytes) => `${params.target}?${sendable(bytes.toString('latin1').slice(0, 12_000))}`,
        ),
      ),
      fc.constantFrom('*/*', 'text/html', 'text/event-stream', 'multipart/mixed', 'image/png'),
      async (target, accept) =>
        void (await sendAndCheck(gateway, client, { method: 'GET', target, headers: { accept } })),
    ),
    fuzzRuns('queryStrings'),
  ));

test('after random query strings, the gateway has released all connections and memory', () => {
  client[Symbol.dispose]();
  return expectReleased(gateway, before);
});
