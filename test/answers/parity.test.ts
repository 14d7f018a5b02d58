import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { post, type Received, type Sending } from './asking.ts';
import { type Known, knownOf, QUERIES } from './corpus.ts';
import { BODIES, REFUSALS } from './refusals.ts';

let gateway: GatewayUnderTest;
let known: Known;
beforeAll(async () => {
  gateway = await startGateway();
  const [job] = gateway.emulator.list('Basic');
  gateway.emulator.change(job?.JobId ?? '', { VoiceName: '漢字 🎤 "\\ \u2028 \u0000', Status: 'Fail' });
  known = await knownOf(gateway);
  // Then compiling takes no longer than an answer.
  await import('graphql-jit');
});
afterAll(() => gateway[Symbol.asyncDispose]());

const ACCEPTED = ['application/json', 'application/graphql-response+json'];

/** JSON in words that the short way leaves to yoga. */
const VIA_YOGA = { 'content-type': 'application/json;charset=UTF-8;way=yoga' };

interface WireError {
  readonly extensions?: Record<string, unknown>;
}

/** What has to be equal: with errors what they say, else every byte. */
function seen({ status, headers, text }: Received) {
  const { errors, ...rest } = JSON.parse(text) as { errors?: readonly WireError[] };
  const said = errors?.map(({ extensions: { upstreamRequestId, ...extensions } = {}, ...error }) => ({
    ...error,
    extensions,
  }));
  return { status, type: headers['content-type'], body: said === undefined ? text : { errors: said, ...rest } };
}

/** Sends the same body often enough for each way to have answered it, and expects one answer. */
async function expectOneAnswer(body: unknown, { headers, ...sending }: Sending = {}) {
  const ask = async (more = {}) =>
    seen(await post(gateway, body, { ...sending, headers: { ...headers, ...more } }));
  const viaYoga = await ask(VIA_YOGA);
  expect(await ask(), 'executed').toEqual(viaYoga);
  expect(await ask(), 'executed, then compiled').toEqual(viaYoga);
  for (const run of [3, 4, 5]) expect(await ask(), `compiled, run ${run}`).toEqual(viaYoga);
  return viaYoga;
}

describe.each(ACCEPTED)('the ways answer alike in %s', (accept) => {
  // A document of its own for each test, so that its first run is a first run.
  const own = (query: string, title: string) => `${query}\n# ${title} as ${accept}`;

  test.each(QUERIES)('%s', async (title, request) => {
    const { query, ...rest } = request(known);
    const { status, body } = await expectOneAnswer({ query: own(query, title), ...rest }, { headers: { accept } });
    expect([status, typeof body]).toEqual([200, 'string']);
  });

  test.each(REFUSALS)('%s', async (title, request) => {
    const { query, ...rest } = request(known);
    const asked = query.trim() === '' ? query : own(query, title);
    const { body } = await expectOneAnswer({ query: asked, ...rest }, { headers: { accept } });
    expect(body).toHaveProperty('errors');
  });

  test.each(BODIES)('%s as the body', async (_, body) => {
    await expectOneAnswer(body, { headers: { accept } });
  });
});
