import { afterAll, beforeAll, test } from 'vitest';
import { fc } from '../runs.ts';
import { Asker } from './asker.ts';
import { type FuzzedGateway, startFuzzedGateway } from './fuzzed-gateway.ts';
import { mutated } from './inputs/bytes.ts';
import { documents } from './inputs/documents.ts';
import { anyJson, path } from './inputs/requests.ts';
import { expectCalm, expectLawfulAnswer } from './law.ts';
import { tries } from './runs.ts';
import type { Vitals } from './vitals-probe.ts';

let gateway: FuzzedGateway;
let asker: Asker;
let before: Vitals;
beforeAll(async () => {
  gateway = await startFuzzedGateway();
  asker = new Asker(gateway.port);
  await asker.ask({ method: 'GET', target: '/graphql?query={customizedVoiceJobs{totalCount}}' });
  before = await gateway.vitals();
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** Parameters of a request, sound or not, in a URL. */
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

/** What Node's client refuses to send in a request line, escaped. A character of `text` is a byte. */
const sendable = (text: string) =>
  text.replace(/[^!-~]/g, (sign) => `%${sign.charCodeAt(0).toString(16).padStart(2, '0')}`);

test('a query string of any kind is answered or refused', () =>
  fc.assert(
    fc.asyncProperty(
      search.chain((asked) =>
        mutated(fc.constant(Buffer.from(asked.search))).map(
          (bytes) => `${asked.target}?${sendable(bytes.toString('latin1').slice(0, 12_000))}`,
        ),
      ),
      fc.constantFrom('*/*', 'text/html', 'text/event-stream', 'multipart/mixed', 'image/png'),
      async (target, accept) =>
        void (await expectLawfulAnswer(gateway, asker, { method: 'GET', target, headers: { accept } })),
    ),
    tries('searches'),
  ));

test('nothing is left of it', () => {
  asker[Symbol.dispose]();
  return expectCalm(gateway, before);
});
