import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { open } from '../live/raw-socket.ts';
import { get, isHot, post, type Received } from './asking.ts';
import { expectOneAnswer, VIA_YOGA } from './ways.ts';

const SPEC = { accept: 'application/graphql-response+json' };
const TWO = 'query First { a: __typename } query Second { b: __typename }';

let gateway: GatewayUnderTest;
beforeAll(async () => {
  gateway = await startGateway({ gateway: { cache: { ttlMs: 3_600_000, staleIfErrorMs: 0 } } });
});
afterAll(() => gateway?.[Symbol.asyncDispose]());

describe('an empty or null operation name selects the only operation', () => {
  test.each(['', null])('%j by POST', async (operationName) => {
    const { body } = await expectOneAnswer(gateway, { query: 'query Named { __typename }', operationName });
    expect(JSON.parse(String(body))).toEqual({ data: { __typename: 'Query' } });
  });

  test('an empty one by GET', async () => {
    for (const more of ['', '&twice=1&twice=2']) {
      const { text } = await get(gateway, `query=query+Named{__typename}&operationName=${more}`);
      expect(JSON.parse(text)).toEqual({ data: { __typename: 'Query' } });
    }
  });

  test('an empty one on a WebSocket', async () => {
    const { JobId } = gateway.emulator.insert('Basic', { Status: 'Success' });
    const { say, received, socket } = await open(gateway.origin);
    say({ type: 'connection_init' });
    await expect.poll(() => received).toHaveLength(1);
    const query = `subscription Named { customizedVoiceJobStatusChanged(jobId: "${JobId}") { status } }`;
    say({ type: 'subscribe', id: '1', payload: { query, operationName: '' } });
    await expect.poll(() => received.at(-1)?.type).toBe('complete');
    expect(received[1]).toMatchObject({ type: 'next' });
    socket.close();
  });
});

describe('members of a request that GraphQL over HTTP does not define are ignored', () => {
  test.each([
    ['a string', { id: 'q1' }],
    ['an object', { meta: { app: 'web' } }],
    ['members of legacy persisted queries', { doc_id: '7', hash: 'x', version: 1 }],
    [
      'names that JavaScript objects inherit',
      JSON.parse('{"__proto__":{"a":1},"constructor":1,"toString":[]}'),
    ],
  ])('%s beside the query', async (_, more) => {
    const { body } = await expectOneAnswer(gateway, { query: '{ __typename }', ...more });
    expect(JSON.parse(String(body))).toEqual({ data: { __typename: 'Query' } });
  });

  test('in the URL of a GET, whose response stays cacheable', async () => {
    const { text, headers } = await get(gateway, { query: '{ __typename }', utm_source: 'mail' });
    expect(JSON.parse(text)).toEqual({ data: { __typename: 'Query' } });
    expect(headers['cache-control']).toMatch(/^private, max-age/);
  });

  test('a request with unknown members alone is rejected with the missing member', async () => {
    const { text } = await post(gateway, { id: 'q1' }, { headers: SPEC });
    expect(JSON.parse(text).errors).toMatchObject([{ message: 'Must provide query string.' }]);
  });
});

test('a UTF-8 byte order mark before the body is skipped, on the fast path and by yoga', async () => {
  const body = '{"query":"query Mark { __typename }"}';
  for (const headers of [{}, VIA_YOGA]) {
    const { status, text } = await post(gateway, `\ufeff${body}`, { headers });
    expect([status, JSON.parse(text)]).toEqual([200, { data: { __typename: 'Query' } }]);
  }
  // The same request as without the byte order mark.
  expect(await isHot(gateway, () => post(gateway, body))).toBe(true);
});

test('two byte order marks are rejected as invalid JSON', async () => {
  const { status } = await post(gateway, '\ufeff\ufeff{"query":"{ __typename }"}', { headers: SPEC });
  expect(status).toBe(400);
});

describe('an error about an unselected operation names it and the operations of the document', () => {
  const errorsOf = ({ text }: Received) => JSON.parse(text).errors;
  const UNRESOLVED = { code: 'OPERATION_RESOLUTION_FAILURE' };

  test.each([
    ['an unknown name', { query: TWO, operationName: 'Third' }, ['"Third"', '"First"', '"Second"']],
    ['no name', { query: TWO }, ['2 operations', '`operationName`', '"First"', '"Second"']],
    ['an empty name', { query: TWO, operationName: '' }, ['2 operations', '"First"', '"Second"']],
    ['a name in another case', { query: TWO, operationName: 'first' }, ['"first"', '"First"']],
    [
      'a wrong name for the only operation',
      { query: 'query A { __typename }', operationName: 'B' },
      ['"B"', '"A"'],
    ],
    [
      'a name for an anonymous operation',
      { query: '{ __typename }', operationName: 'B' },
      ['"B"', 'has no name'],
    ],
    [
      'a name that every object inherits',
      { query: TWO, operationName: 'constructor' },
      ['"constructor"', '"First"'],
    ],
  ])('%s', async (_, body, parts) => {
    for (const headers of [SPEC, { ...SPEC, ...VIA_YOGA }]) {
      const received = await post(gateway, body, { headers });
      expect(received.status).toBe(400);
      expect(errorsOf(received)).toMatchObject([{ extensions: UNRESOLVED }]);
      for (const part of parts) expect(errorsOf(received)[0].message).toContain(part);
    }
    const byGet = await get(gateway, body as Record<string, string>, { headers: SPEC });
    expect(errorsOf(byGet)).toEqual(errorsOf(await post(gateway, body, { headers: SPEC })));
  });

  test('many and long operation names are listed as far as they fit, cut to 40 characters', async () => {
    const long = (at: number) => `N${at}${'x'.repeat(90)}`;
    const query = Array.from({ length: 9 }, (_, at) => `query ${long(at)} { __typename }`).join(' ');
    const ask = async (body: object) => errorsOf(await post(gateway, body))[0].message;
    expect(await ask({ query, operationName: 'y'.repeat(500) })).toBe(
      `The document has no operation "${'y'.repeat(40)}…" (\`operationName\`). Expected one of "${long(0).slice(0, 40)}…", "${long(1).slice(0, 40)}…" and others.`,
    );
    expect(await ask({ query: query.replaceAll('x', '') })).toBe(
      'The document has 9 operations; `operationName` must select one. Expected one of "N0", "N1", "N2", "N3", "N4", "N5", "N6", "N7", "N8".',
    );
  });

  test('on a WebSocket too', async () => {
    const { say, received, socket } = await open(gateway.origin);
    say({ type: 'connection_init' });
    await expect.poll(() => received).toHaveLength(1);
    const query = 'subscription A { customizedVoiceJobStatusChanged(jobId: "x") { status } }';
    say({ type: 'subscribe', id: '1', payload: { query, operationName: 'B' } });
    await expect.poll(() => received.at(-1)?.type).toBe('error');
    expect(received.at(-1)).toMatchObject({
      payload: [{ message: expect.stringMatching(/"B".*"A"/), extensions: UNRESOLVED }],
    });
    socket.close();
  });
});
