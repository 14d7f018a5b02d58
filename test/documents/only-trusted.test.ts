import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { get, post, type Received, send } from '../answers/asking.ts';
import { VIA_YOGA } from '../answers/ways.ts';
import type { GatewayUnderTest } from '../gateway-under-test.ts';
import { documentOf, refusalOf, startTrusting } from './trusted.ts';

const JOBS = '{ customizedVoiceJobs(first: 1) { nodes { jobId } } }';
const { id: ID, text: TEXT } = documentOf('FirstPage');
const form = { 'content-type': 'application/x-www-form-urlencoded' };
const multipart = { 'content-type': 'multipart/form-data; boundary=x' };
const part = `--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n${JSON.stringify({ query: JOBS })}\r\n--x--\r\n`;

let gateway: GatewayUnderTest;
beforeAll(async () => {
  gateway = await startTrusting('only', {}, { cache: { ttlMs: 3_600_000, staleIfErrorMs: 0 } });
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** All ways to send a text without its id. */
const WAYS: readonly (readonly [string, (path: string) => Promise<Received>])[] = [
  ['as JSON', (path) => post(gateway, { query: JOBS }, { path })],
  ['as JSON that yoga reads', (path) => post(gateway, { query: JOBS }, { path, headers: VIA_YOGA })],
  [
    'as a trusted document without its id',
    (path) => post(gateway, { query: TEXT, variables: { first: 1 } }, { path }),
  ],
  [
    'with a hash that is unknown',
    (path) =>
      post(
        gateway,
        { query: JOBS, extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } },
        { path },
      ),
  ],
  ['with null for an id', (path) => post(gateway, { query: JOBS, documentId: null }, { path })],
  [
    'with an id in the URL of a POST',
    (path) => post(gateway, { query: JOBS }, { path: `${path}?documentId=${ID}` }),
  ],
  ['by GET', (path) => get(gateway, { query: JOBS }, { path })],
  [
    'by GET, twice',
    (path) =>
      send(
        gateway,
        'GET',
        `${path}?${new URLSearchParams([
          ['query', JOBS],
          ['query', JOBS],
        ])}`,
        {},
      ),
  ],
  [
    'by GET to a client of streams',
    (path) =>
      get(gateway, { query: JOBS }, { path, headers: { accept: 'text/event-stream, application/json' } }),
  ],
  [
    'as application/graphql',
    (path) => send(gateway, 'POST', path, { 'content-type': 'application/graphql' }, JOBS),
  ],
  ['as a form', (path) => send(gateway, 'POST', path, form, String(new URLSearchParams({ query: JOBS })))],
  [
    'as a form with an id',
    (path) => send(gateway, 'POST', path, form, String(new URLSearchParams({ query: JOBS, documentId: ID }))),
  ],
  ['as a form of parts', (path) => send(gateway, 'POST', path, multipart, part)],
  ['as a batch', (path) => post(gateway, [{ query: JOBS }], { path })],
  [
    'as a batch with a trusted document',
    (path) => post(gateway, [{ documentId: ID, variables: { first: 1 } }, { query: JOBS }], { path }),
  ],
];

describe.each(['/graphql', '/subgraph'])('with TRUSTED_DOCUMENTS=only, %s rejects a text', (path) => {
  test.each(WAYS)('%s', async (_, ask) => {
    // Twice, because a second request may take another execution path.
    for (let asked = 0; asked < 2; asked++) {
      const { status, text } = await ask(path);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(text).not.toContain('"data"');
    }
    expect(gateway.emulator.calls).toEqual([]);
  });

  test('with FORBIDDEN and status 403, for every media type', async () => {
    for (const accept of ['application/json', 'application/graphql-response+json', '*/*'])
      for (const answer of [
        await post(gateway, { query: JOBS }, { path, headers: { accept } }),
        await get(gateway, { query: JOBS }, { path, headers: { accept } }),
      ]) {
        expect(answer.status).toBe(403);
        expect(refusalOf(answer.text).extensions).toEqual({ code: 'FORBIDDEN' });
      }
  });

  test('including introspection, which GraphiQL sends', async () => {
    const { status } = await post(
      gateway,
      { query: getIntrospectionQuery(), operationName: 'IntrospectionQuery' },
      { path },
    );
    expect(status).toBe(403);
    expect((await get(gateway, { query: '{ __schema { description } }' }, { path })).status).toBe(403);
  });

  test('but executes a trusted document', async () => {
    const { text } = await post(gateway, { documentId: ID, variables: { first: 0 } }, { path });
    expect(JSON.parse(text).data.customizedVoiceJobs.totalCount).toBe(271);
    gateway.emulator.resetCalls();
  });
});

test('queries of a router to a subgraph are rejected, too', async () => {
  const answer = await post(gateway, { query: '{ _service { sdl } }' }, { path: '/subgraph' });
  expect(refusalOf(answer.text).extensions.code).toBe('FORBIDDEN');
});

test('a request without a document gets its own error', async () => {
  const { text } = await post(gateway, { variables: {} });
  expect(refusalOf(text)).toMatchObject({ message: 'Must provide query string.' });
});

test('a trusted document is subject to the limits of an operation', async () => {
  await using strict = await startTrusting('only', {}, { limits: { depth: 2 } });
  const answer = await post(strict, { documentId: ID, variables: { first: 1 } });
  expect(refusalOf(answer.text).extensions.code).toBe('OPERATION_TOO_COMPLEX');
  expect(strict.emulator.calls).toEqual([]);
});

test('a trusted document that does not match the schema of /subgraph is invalid there', async () => {
  const answer = await post(
    gateway,
    { documentId: documentOf('Node').id, variables: { id: 'x' } },
    { path: '/subgraph' },
  );
  expect(refusalOf(answer.text).extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
});
