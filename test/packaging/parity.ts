import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Emulator, startEmulator } from '../../emulator/emulator.ts';
import { post } from '../answers/asking.ts';
import { type Known, knownOf } from '../answers/corpus.ts';
import { QUERIES } from '../answers/queries.ts';
import { BODIES, REFUSALS } from '../answers/refusals.ts';
import { seen, VIA_YOGA } from '../answers/ways.ts';
import type { Answer, GatewayUnderTest } from '../gateway-under-test.ts';
import { type GatewayProcess, runGateway } from '../process/gateway-process.ts';
import { type BuiltPackage, runBundle } from './built-package.ts';

/**
 * Tests that send the same requests to the bundle and the sources, with one upstream: a second copy of `graphql` in the
 * bundle, a module that runs too late or a missing name would change a response. Both get their credentials from the vendor's
 * package.
 */
export function answersAlike(built: () => BuiltPackage): void {
  let emulator: Emulator;
  let sources: GatewayUnderTest;
  let bundle: GatewayUnderTest;
  let known: Known;

  beforeAll(async () => {
    emulator = await startEmulator({ stepMs: 0 });
    const env = {
      IMS_ENDPOINT: emulator.endpoint,
      ALIBABA_CLOUD_ACCESS_KEY_ID: emulator.accessKeyId,
      ALIBABA_CLOUD_ACCESS_KEY_SECRET: emulator.accessKeySecret,
      IMS_MAX_REQUESTS_PER_SECOND: '100000',
      CACHE_TTL_MS: '60000',
    };
    [sources, bundle] = await Promise.all([
      underTest(runGateway(env), emulator),
      underTest(runBundle(built().folder, env), emulator),
    ]);
    known = await knownOf(sources);
  });
  afterAll(async () => {
    await sources?.[Symbol.asyncDispose]();
    await bundle?.[Symbol.asyncDispose]();
    await emulator?.close();
  });

  /** Through yoga, executed, then compiled or cached. */
  async function expectSame(body: unknown, path = '/graphql') {
    for (const headers of [VIA_YOGA, {}, {}, {}]) {
      const answers = [sources, bundle].map((gateway) => post(gateway, body, { headers, path }));
      const [ofSources, ofBundle] = (await Promise.all(answers)).map(seen);
      expect(ofBundle).toEqual(ofSources);
    }
  }

  test.each(QUERIES)('%s', (_, request) => expectSame(request(known)));
  test.each(REFUSALS)('%s, rejected', (_, request) => expectSame(request(known)));
  test.each(BODIES)('%s, which is not a request', (_, body) => expectSame(body));

  const entity = (fields: string) =>
    `{ _entities(representations: [{ ${fields} }]) { ... on CustomizedVoiceJob { id voiceName } } }`;

  test.each([
    ['the schema', () => '{ _service { sdl } }'],
    ['an entity', () => entity(`__typename: "CustomizedVoiceJob", jobId: "${known.jobId}"`)],
    ['an entity of no type', () => entity('__typename: "Nothing"')],
  ])('%s of the subgraph', (_, query) => expectSame({ query: query() }, '/subgraph'));
}

/** Represents a process as the gateway that helpers of other tests expect. */
async function underTest(process: GatewayProcess, emulator: Emulator): Promise<GatewayUnderTest> {
  const origin = await process.origin;
  return {
    emulator,
    origin,
    logged: [],
    ask: async (query, variables = {}) =>
      JSON.parse((await post({ origin } as GatewayUnderTest, { query, variables })).text) as Answer,
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}
