import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { get, post, send } from '../answers/asking.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';

let gateway: GatewayUnderTest;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway?.[Symbol.asyncDispose]());

const QUERY = '{ customizedVoiceJobs(first: 1) { nodes { jobId } } }';
const JSON_BODY = JSON.stringify({ query: QUERY });
const FORM = `query=${encodeURIComponent(QUERY)}`;
const MULTIPART = [
  '--b',
  'content-disposition: form-data; name="operations"',
  '',
  JSON_BODY,
  '--b',
  'content-disposition: form-data; name="map"',
  '',
  '{}',
  '--b--',
  '',
].join('\r\n');

describe('a POST body that is not JSON in UTF-8 is rejected', () => {
  test.each<[type: string, body: string]>([
    ['application/x-www-form-urlencoded', FORM],
    ['application/x-www-form-urlencoded; charset=utf-8', FORM],
    ['multipart/form-data; boundary=b', MULTIPART],
    ['text/plain', JSON_BODY],
    ['text/plain; application/json', JSON_BODY],
    ['text/plain;charset=application/json', JSON_BODY],
    ['application/graphql', QUERY],
    ['application/graphql+json', JSON_BODY],
    ['application/graphql-response+json', JSON_BODY],
    ['application/jsonp', JSON_BODY],
    ['application/json, text/plain', JSON_BODY],
    ['text/plain, application/json', JSON_BODY],
    ['application/json; charset=utf-16', JSON_BODY],
    ['application/json; charset=latin1', JSON_BODY],
    ['application/json; way=yoga; charset=utf-16', JSON_BODY],
    ['*/*', JSON_BODY],
    ['application/*', JSON_BODY],
    ['json', JSON_BODY],
    [';', JSON_BODY],
  ])('with content type %s', async (type, body) => {
    gateway.emulator.resetCalls();
    for (const path of ['/graphql', '/subgraph']) {
      const { status, headers, text } = await send(gateway, 'POST', path, { 'content-type': type }, body);
      expect([status, headers['content-type'], headers['cache-control']]).toEqual([
        415,
        'application/json; charset=utf-8',
        'no-store',
      ]);
      expect(JSON.parse(text)).toEqual({
        errors: [
          {
            message: `The request body is ${JSON.stringify(type)}. Expected application/json in UTF-8, not compressed.`,
            extensions: { code: 'BAD_REQUEST' },
          },
        ],
      });
    }
    expect(gateway.emulator.calls).toEqual([]);
  });

  test('without a content type', async () => {
    const { status, text } = await send(gateway, 'POST', '/graphql', {}, JSON_BODY);
    expect([status, JSON.parse(text).errors[0].message]).toEqual([
      415,
      'The request body has no content-type. Expected application/json in UTF-8, not compressed.',
    ]);
  });

  test.each(['gzip', 'br', 'deflate', 'identity, gzip'])('with content-encoding %s', async (encoding) => {
    const { status, text } = await post(gateway, JSON_BODY, { headers: { 'content-encoding': encoding } });
    expect([status, JSON.parse(text).errors[0].message]).toEqual([
      415,
      `The request body has the content-encoding ${JSON.stringify(encoding)}. Expected application/json in UTF-8, not compressed.`,
    ]);
  });

  test('with a long content type, which the message cuts', async () => {
    const { text } = await post(gateway, JSON_BODY, { headers: { 'content-type': 'x'.repeat(5000) } });
    expect(JSON.parse(text).errors[0].message).toHaveLength(
      `The request body is . Expected application/json in UTF-8, not compressed.`.length + 82,
    );
  });

  test('without closing the connection', async () => {
    const agent = { connection: 'keep-alive', 'content-type': 'text/plain' };
    expect((await send(gateway, 'POST', '/graphql', agent, JSON_BODY)).headers.connection).toBe('keep-alive');
  });
});

describe('a POST body of JSON in UTF-8 is accepted', () => {
  test.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/json;charset=utf-8',
    'application/json; charset=UTF-8',
    'application/json ; charset="utf-8"',
    'application/json; charset=utf8',
    'Application/JSON',
    'application/json;',
    'application/json; profile="https://example.com"; charset=utf-8',
    'application/json; q=1',
  ])('with content type %s', async (type) => {
    for (const body of [JSON_BODY, JSON.stringify({ query: '{ nothing }' }), '{']) {
      const { status, text } = await send(gateway, 'POST', '/graphql', { 'content-type': type }, body);
      const plain = await post(gateway, body);
      expect([status, text]).toEqual([plain.status, plain.text]);
      expect(status).not.toBe(415);
    }
  });

  test('and a GET request needs no content type', async () => {
    const { text } = await get(gateway, { query: QUERY }, { headers: { 'content-type': 'text/plain' } });
    expect(JSON.parse(text)).toHaveProperty('data');
  });
});

test('no content type that a page may send without a CORS preflight is accepted', () => {
  // The CORS-safelisted content types. https://fetch.spec.whatwg.org/#cors-safelisted-request-header
  const safelisted = ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain'];
  return Promise.all(
    safelisted.map(async (type) => {
      for (const more of ['', ';charset=utf-8', '; application/json', ';a=application/json']) {
        const { status } = await post(gateway, JSON_BODY, { headers: { 'content-type': type + more } });
        expect(status).toBe(415);
      }
    }),
  );
});
