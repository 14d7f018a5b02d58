import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import {
  buildClientSchema,
  buildSchema,
  getIntrospectionQuery,
  type IntrospectionQuery,
  lexicographicSortSchema,
  printSchema,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';

let gateway: GatewayUnderTest;
beforeAll(async () => {
  gateway = await startGateway({ gateway: { limits: { bodyBytes: 5000 } } });
});
afterAll(() => gateway[Symbol.asyncDispose]());

const get = (path: string, init?: RequestInit) => fetch(`${gateway.origin}${path}`, init);
const QUERY = encodeURIComponent('{ __typename }');

describe('routes match exact paths', () => {
  test.each([
    '/',
    '/graphql/',
    '/GraphQL',
    '/graphql/health',
    '/healthz',
    '/health/',
    '//graphql',
    '/%67raphql',
    '/ready;x',
  ])('%s is answered with 404', async (path) => {
    const response = await get(path);
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      errors: [
        {
          message: 'Not found. Expected one of the paths /graphql, /subgraph, /health, /ready, /metrics.',
          extensions: { code: 'NOT_FOUND' },
        },
      ],
    });
  });

  test('no query string turns /graphql into the health check', async () => {
    const response = await get(`/graphql?query=${QUERY}&x=/health`);
    expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
  });

  test('/health and /ready answer, with a query string too', async () => {
    expect(await (await get('/health?query=x')).json()).toEqual({ status: 'ok' });
    const ready = await get('/ready');
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({ status: 'ready', upstream: { kind: 'emulator' } });
    expect((await get('/health', { method: 'POST' })).status).toBe(405);
  });
});

test('every response has a header that names the emulator as the upstream', async () => {
  for (const path of ['/health', `/graphql?query=${QUERY}`, '/nowhere']) {
    expect((await get(path)).headers.get('x-upstream')).toBe('emulator');
  }
});

describe('the request id', () => {
  test.each([
    ['short-and_plain-1', true],
    ['with space', false],
    ['"quoted"', false],
    ['x'.repeat(65), false],
  ])('%s is reused if valid: %s', async (given, kept) => {
    const response = await get('/graphql?query=%7B__typename%7D', { headers: { 'x-request-id': given } });
    const id = response.headers.get('x-request-id');
    expect(id === given).toBe(kept);
    await response.text();
    await expect
      .poll(() => gateway.logged)
      .toContainEqual(
        expect.objectContaining({ msg: 'request', requestId: id, path: '/graphql', status: 200 }),
      );
  });
});

describe('a request body above the limit is rejected while it is read', () => {
  const large = JSON.stringify({ query: `{ __typename } # ${'x'.repeat(6000)}` });

  test('with a content-length', async () => {
    const response = await get('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: large,
    });
    expect(response.status).toBe(413);
    expect(await response.json()).toEqual({
      errors: [
        { message: 'The request body is larger than 5000 bytes.', extensions: { code: 'BAD_REQUEST' } },
      ],
    });
  });

  test('in chunks without a content-length', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const post = request(`${gateway.origin}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
      });
      post.on('response', (response) => resolve(response.resume().statusCode));
      post.on('error', reject);
      post.write(large.slice(0, 3000));
      post.write(large.slice(3000));
    });
    expect(status).toBe(413);
  });

  test('a body below the limit in chunks is accepted', async () => {
    const text = await new Promise<string>((resolve, reject) => {
      const post = request(`${gateway.origin}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
      });
      post.on('response', async (response) => resolve(Buffer.concat(await response.toArray()).toString()));
      post.on('error', reject);
      post.write('{"query":"{ __type');
      post.end('name }"}');
    });
    expect(JSON.parse(text)).toEqual({ data: { __typename: 'Query' } });
  });
});

test('a body that is not JSON is rejected without the parser’s message', async () => {
  const response = await get('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"query":',
  });
  expect(response.status).toBe(400);
  expect(await response.json()).toEqual({
    errors: [{ message: 'POST body sent invalid JSON.', extensions: { code: 'BAD_REQUEST' } }],
  });
});

describe('the schema', () => {
  const committed = readFileSync(join(import.meta.dirname, '../../schema.graphql'), 'utf8');
  const sorted = (sdl: string) => printSchema(lexicographicSortSchema(buildSchema(sdl)));

  test('served by the gateway equals schema.graphql', async () => {
    const { data } = await gateway.ask(getIntrospectionQuery({ specifiedByUrl: true }));
    expect(printSchema(lexicographicSortSchema(buildClientSchema(data as IntrospectionQuery)))).toBe(
      sorted(committed),
    );
  });

  test('describes every type, field, argument and enum value', async () => {
    const { data } = await gateway.ask(getIntrospectionQuery());
    const types = (data as IntrospectionQuery).__schema.types.filter(({ name }) => !name.startsWith('__'));
    const bare: string[] = [];
    for (const type of types) {
      if (!type.description) bare.push(type.name);
      for (const field of 'fields' in type ? (type.fields ?? []) : []) {
        if (!field.description) bare.push(`${type.name}.${field.name}`);
        for (const arg of field.args)
          if (!arg.description) bare.push(`${type.name}.${field.name}(${arg.name}:)`);
      }
      for (const value of 'enumValues' in type ? (type.enumValues ?? []) : []) {
        if (!value.description) bare.push(`${type.name}.${value.name}`);
      }
    }
    expect(bare).toEqual([]);
    expect(types.length).toBeGreaterThan(10);
  });

  test('is hidden if introspection is off', async () => {
    await using closed = await startGateway({ gateway: { introspection: false } });
    const { data, errors } = await closed.ask('{ __schema { types { name } } }');
    expect(data).toBeUndefined();
    expect(errors?.[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
    expect((await closed.ask('{ __typename }')).data).toEqual({ __typename: 'Query' });
  });
});
