import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answersOf, get, isHot, post } from '../answers/asking.ts';
import { expectOneAnswer } from '../answers/ways.ts';
import type { GatewayUnderTest } from '../gateway-under-test.ts';
import { documentOf, refusalOf, startTrusting } from './trusted.ts';

const { id: ID, text: TEXT } = documentOf('FirstPage');
const MINE = 'query Mine { customizedVoiceJobs(first: 1) { nodes { jobId } } }';
const OTHER = '{ customizedVoiceJobs { totalCount } }';
const HASH = createHash('sha256').update(OTHER).digest('hex');
const MORE = { mine: MINE, [HASH]: OTHER };
const SPEC = { accept: 'application/graphql-response+json' };

const byHash = (sha256Hash: unknown) => ({ extensions: { persistedQuery: { version: 1, sha256Hash } } });
const badId = { extensions: { code: 'BAD_USER_INPUT', argument: 'documentId' } };

const gateways = new Map<'only' | 'allow', GatewayUnderTest>();
beforeAll(async () => {
  gateways.set('only', await startTrusting('only', MORE));
  gateways.set('allow', await startTrusting('allow', MORE));
});
afterAll(() => Promise.all([...gateways.values()].map((gateway) => gateway[Symbol.asyncDispose]())));
const under = (mode: 'only' | 'allow') => gateways.get(mode) as GatewayUnderTest;

describe.each(['only', 'allow'] as const)('with TRUSTED_DOCUMENTS=%s', (mode) => {
  describe('a trusted document is executed alike by the fast path and yoga if it is requested', () => {
    test.each([
      ['by its id', { documentId: ID, variables: { first: 2 } }],
      ['by its id and its name', { documentId: ID, operationName: 'FirstPage', variables: { first: 3 } }],
      [
        'by its id and nulls',
        { documentId: ID, query: null, operationName: null, variables: { first: 4 }, extensions: null },
      ],
      ['by its id and an empty text', { documentId: ID, query: '', variables: { first: 5 } }],
      ['by its id and its text', { documentId: ID, query: TEXT, variables: { first: 6 } }],
      ['by an id that is no hash', { documentId: 'mine' }],
      ['by its hash, as Apollo sends it', { ...byHash(HASH) }],
      [
        'by the hash of an id that names the algorithm',
        { ...byHash(ID.replace('sha256:', '')), variables: { first: 7 } },
      ],
      ['by a hash with the name of the algorithm', { ...byHash(ID), variables: { first: 8 } }],
      ['by its hash and its text', { ...byHash(HASH), query: OTHER }],
      ['by its hash and a null for the id', { ...byHash(HASH), documentId: null, operationName: null }],
      ['by its id, whatever the hash', { documentId: 'mine', ...byHash('unheard-of') }],
    ])('%s', async (_, body) => {
      const { status, body: answer } = await expectOneAnswer(under(mode), body);
      expect(status).toBe(200);
      expect(JSON.parse(String(answer))).toMatchObject({ data: { customizedVoiceJobs: expect.anything() } });
    });
  });

  test('a response is the same byte for byte by id and by text', async () => {
    const gateway = under(mode);
    const byId = await post(gateway, { documentId: ID, variables: { first: 9 } });
    const both = await post(gateway, { documentId: ID, query: TEXT, variables: { first: 9 } });
    const byText = await post(under('allow'), { query: TEXT, variables: { first: 9 } });
    const rows = (text: string) => JSON.parse(text).data.customizedVoiceJobs.edges;
    expect(both.text).toBe(byId.text);
    expect(rows(byId.text)).toHaveLength(9);
    expect(rows(byText.text)).toEqual(rows(byId.text));
  });

  describe('a trusted document is executed by GET if it is requested', () => {
    test.each<[string, Record<string, string>]>([
      ['by its id', { documentId: ID, variables: '{"first":2}' }],
      ['by its id and its name', { documentId: ID, operationName: 'FirstPage', variables: '{"first":2}' }],
      ['by its hash', { extensions: JSON.stringify(byHash(ID).extensions), variables: '{"first":2}' }],
    ])('%s', async (_, parameters) => {
      // A repeated parameter sends the request through yoga.
      for (const more of ['', '&way=yoga&way=yoga']) {
        const { status, text, headers } = await get(under(mode), `${new URLSearchParams(parameters)}${more}`);
        expect(status).toBe(200);
        expect(JSON.parse(text).data.customizedVoiceJobs.edges).toHaveLength(2);
        expect(headers['cache-control']).toBe(more ? 'no-store' : 'private, max-age=0');
      }
    });
  });

  test('variables of a trusted document are validated as those of a text', async () => {
    const { body } = await expectOneAnswer(under(mode), { documentId: ID, variables: { first: 'x' } });
    expect(body).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  });

  test('an unknown operation name is rejected', async () => {
    const { body } = await expectOneAnswer(under(mode), {
      documentId: ID,
      operationName: 'LastPage',
      variables: { first: 1 },
    });
    expect(body).toMatchObject({
      errors: [
        { extensions: { code: expect.stringMatching(/^(OPERATION_RESOLUTION_FAILURE|BAD_USER_INPUT)$/) } },
      ],
    });
  });

  describe('a request is rejected as BAD_USER_INPUT, and never executed, for', () => {
    test.each([
      ['an unknown id', { documentId: 'unheard-of' }],
      ['an unknown id with a text', { documentId: 'unheard-of', query: MINE }],
      ['an empty id', { documentId: '' }],
      ['an id that only JavaScript knows', { documentId: 'constructor' }],
      ['an id without the name of its algorithm', { documentId: ID.replace('sha256:', '') }],
      ['an id that is a number', { documentId: 7 }],
      ['an id that is a list', { documentId: [ID] }],
      ['a hash that is no text', byHash({ $ne: '' })],
      ['an id with the text of another document', { documentId: ID, query: MINE }],
      ['an id with its text differently spaced', { documentId: ID, query: `${TEXT} ` }],
      ['an id with a text that is none', { documentId: ID, query: { kind: 'Document' } }],
      ['a hash with the text of another document', { ...byHash(HASH), query: MINE }],
    ])('%s', async (_, body) => {
      const gateway = under(mode);
      const calls = gateway.emulator.calls.length;
      const said = await expectOneAnswer(gateway, body);
      expect(said).toMatchObject({ status: 200, body: { errors: [badId] } });
      const { status, text } = await post(gateway, body, { headers: SPEC });
      expect(status).toBe(400);
      expect(refusalOf(text)).toMatchObject(badId);
      expect(gateway.emulator.calls).toHaveLength(calls);
    });

    test('an unknown id by GET, with a response that no cache may store', async () => {
      const { status, text, headers } = await get(
        under(mode),
        { documentId: 'unheard-of' },
        { headers: SPEC },
      );
      expect(status).toBe(400);
      expect(refusalOf(text)).toMatchObject(badId);
      expect(headers['cache-control']).toBe('no-store');
    });
  });
});

describe('with TRUSTED_DOCUMENTS=allow', () => {
  test('a text is executed', async () => {
    const { body } = await expectOneAnswer(under('allow'), { query: `${MINE} # text` });
    expect(JSON.parse(String(body)).data.customizedVoiceJobs.nodes).toHaveLength(1);
  });

  test('an unknown hash gets the error code for which clients then send the text', async () => {
    const { body } = await expectOneAnswer(under('allow'), byHash('f'.repeat(64)));
    const code = 'PERSISTED_QUERY_NOT_FOUND';
    expect(body).toMatchObject({ errors: [{ message: 'PersistedQueryNotFound', extensions: { code } }] });
  });

  test('a text with its hash is executed, and not registered', async () => {
    const gateway = under('allow');
    const text = '{ customizedVoiceJobs(first: 2) { totalCount } }';
    const hash = createHash('sha256').update(text).digest('hex');
    for (let asked = 0; asked < 3; asked++) {
      const { text: answer } = await post(gateway, { query: text, ...byHash(hash) });
      expect(JSON.parse(answer)).toEqual({ data: { customizedVoiceJobs: { totalCount: 271 } } });
    }
    expect(refusalOf((await post(gateway, byHash(hash))).text).message).toBe('PersistedQueryNotFound');
    expect(refusalOf((await post(gateway, { documentId: hash })).text)).toMatchObject(badId);
  });
});

test('with TRUSTED_DOCUMENTS=only an unknown hash does not request the text, which would be rejected', async () => {
  const { body } = await expectOneAnswer(under('only'), byHash('f'.repeat(64)));
  expect(body).toMatchObject({ errors: [badId] });
  expect(JSON.stringify(body)).not.toContain('PersistedQuery');
});

describe('the response cache', () => {
  const cache = { ttlMs: 3_600_000, staleIfErrorMs: 0 };

  test('has the same response for an id and its text', async () => {
    await using gateway = await startTrusting('only', MORE, { cache });
    const body = { documentId: ID, variables: { first: 3 } };
    const first = await post(gateway, body);
    expect(await isHot(gateway, () => post(gateway, body))).toBe(true);
    expect((await post(gateway, body)).text).toBe(first.text);
    const parameters = { documentId: ID, variables: '{"first":3}' };
    await get(gateway, parameters);
    expect(await isHot(gateway, () => get(gateway, parameters))).toBe(true);
    expect(gateway.emulator.calls).toHaveLength(1);
  });

  test('contains no rejection', async () => {
    await using gateway = await startTrusting('only', MORE, { cache });
    for (let asked = 0; asked < 3; asked++) {
      await post(gateway, { documentId: 'unheard-of' });
      await post(gateway, { query: MINE });
    }
    await expect.poll(() => answersOf(gateway)).toEqual({ cached: 0, executed: 0, rejected: 6 });
  });
});

test('a hash of another type is BAD_USER_INPUT, and the error names its member', async () => {
  const { body } = await expectOneAnswer(under('only'), byHash(1));
  expect(body).toMatchObject({
    errors: [
      {
        message:
          '`extensions.persistedQuery.sha256Hash` is not a string. Expected the hash of a trusted document.',
        ...badId,
      },
    ],
  });
});

describe('without TRUSTED_DOCUMENTS', () => {
  test('an id alone is BAD_USER_INPUT, and the error names the unset variable', async () => {
    await using gateway = await startTrusting('allow', {}, { trustedDocuments: undefined });
    const { body } = await expectOneAnswer(gateway, { documentId: ID });
    expect(body).toMatchObject({
      errors: [{ message: expect.stringMatching(/TRUSTED_DOCUMENTS/), ...badId }],
    });
  });

  test('an id next to a text is ignored: the text is executed', async () => {
    await using gateway = await startTrusting('allow', {}, { trustedDocuments: undefined });
    const { body } = await expectOneAnswer(gateway, { documentId: ID, query: OTHER });
    expect(JSON.parse(String(body))).toEqual({ data: { customizedVoiceJobs: { totalCount: 271 } } });
  });
});
