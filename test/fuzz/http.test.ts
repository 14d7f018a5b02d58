import { afterAll, beforeAll, expect, test } from 'vitest';
import { fc } from '../runs.ts';
import { fuzzRuns } from './fuzz-runs.ts';
import { type FuzzedGateway, startFuzzedGateway } from './fuzzed-gateway.ts';
import { mutated } from './inputs/bytes.ts';
import { headerLine } from './inputs/headers.ts';
import { path, soundRequest } from './inputs/requests.ts';
import { expectReleased, expectValidResponse } from './invariants.ts';
import { type ConnectionOptions, exchange } from './raw-http.ts';
import type { Vitals } from './vitals-probe.ts';

let gateway: FuzzedGateway;
let before: Vitals;
beforeAll(async () => {
  gateway = await startFuzzedGateway();
  await send(
    request('{"query":"{ customizedVoiceJobs { totalCount } }"}', [...JSON_LINES, 'connection: close']),
  );
  before = await gateway.vitals();
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** Sends bytes over a new connection and checks the invariants of each response. */
async function send(bytes: Buffer, options?: ConnectionOptions) {
  const responses = await exchange(gateway.port, bytes, options);
  for (const response of responses) expectValidResponse(response);
  return responses;
}

const JSON_LINES = ['content-type: application/json'];

/** Half-closes the connection, which ends a body that is shorter than its header says. */
const HALF_CLOSE: ConnectionOptions = { endAfterMs: 50 };

/** A POST with these header lines, and the correct length unless they contain another. */
function request(body: Buffer | string, lines: readonly string[]) {
  const hasLength = lines.some((line) => /^(content-length|transfer-encoding):/i.test(line));
  const head = hasLength ? lines : [...lines, `content-length: ${Buffer.byteLength(body)}`];
  return Buffer.concat([
    Buffer.from('POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\n'),
    ...head.flatMap((line) => [Buffer.from(line), Buffer.from('\r\n')]),
    Buffer.from('\r\n'),
    Buffer.from(body),
  ]);
}

const sound = path.chain(soundRequest);

/** A body in the encoding of HTML forms. */
const form = fc
  .record({ query: fc.constant('{ __typename }'), variables: fc.constantFrom('{}', '{', '') })
  .map((fields) => String(new URLSearchParams(fields)));

test('random headers are accepted or rejected without an internal error', () =>
  fc.assert(
    fc.asyncProperty(fc.array(headerLine, { maxLength: 5 }), fc.oneof(sound, form), async (lines, body) => {
      await send(request(body, ['connection: close', ...lines]), HALF_CLOSE);
    }),
    fuzzRuns('headers'),
  ));

/** A body in chunked encoding, valid or not. */
const chunked = fc
  .tuple(
    sound,
    fc.array(fc.nat(40), { maxLength: 5 }),
    fc.constantFrom('0\r\n\r\n', '0\r\nx: y\r\n\r\n', '0\r\n', '', '-1\r\n\r\n'),
  )
  .map(([text, sizes, end]) => {
    let rest = Buffer.from(text);
    const chunks: Buffer[] = [];
    for (const size of [...sizes.map((size) => size + 1), rest.length]) {
      const piece = rest.subarray(0, size);
      rest = rest.subarray(size);
      if (piece.length > 0)
        chunks.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'));
    }
    return Buffer.concat([...chunks, Buffer.from(end)]);
  });

test('valid and invalid chunked bodies are read or rejected without an internal error', () =>
  fc.assert(
    fc.asyncProperty(fc.oneof(chunked, mutated(chunked)), async (body) => {
      const lines = [...JSON_LINES, 'connection: close', 'transfer-encoding: chunked'];
      await send(request(body, lines), HALF_CLOSE);
    }),
    fuzzRuns('chunks'),
  ));

test('pipelined requests are all answered, in order', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.oneof(
          sound.map((text) => Buffer.from(text)),
          mutated(sound.map((text) => Buffer.from(text))),
        ),
        {
          minLength: 2,
          maxLength: 6,
        },
      ),
      async (bodies) => {
        const responses = await send(
          Buffer.concat(
            bodies.map((body, at) =>
              request(body, [
                ...JSON_LINES,
                `x-request-id: id-${at}`,
                `connection: ${at === bodies.length - 1 ? 'close' : 'keep-alive'}`,
              ]),
            ),
          ),
        );
        expect(responses.map(({ headers }) => headers['x-request-id'])).toEqual(
          bodies.map((_, at) => `id-${at}`),
        );
      },
    ),
    fuzzRuns('pipelines'),
  ));

test('after random headers, chunks and pipelines, the gateway has released all connections and memory', () =>
  expectReleased(gateway, before));
