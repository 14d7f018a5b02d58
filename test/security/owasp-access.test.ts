import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSchema } from '../../src/schema/index.ts';
import { get, post, send } from '../answers/asking.ts';
import { globalIdOf } from '../answers/corpus.ts';
import type { GatewayUnderTest } from '../gateway-under-test.ts';
import { AUTH, KEY, startProduction } from './production.ts';

// Recommendations of "Access Control" and "Secure Configurations"; test/security/owasp.test.ts names the tests of the others.
// https://cheatsheetseries.owasp.org/cheatsheets/GraphQL_Cheat_Sheet.html#access-control

let gateway: GatewayUnderTest;
let jobId: string;
beforeAll(async () => {
  gateway = await startProduction({ auth: AUTH });
  jobId = gateway.emulator.list('Basic')[0]?.JobId ?? '';
});
afterAll(() => gateway?.[Symbol.asyncDispose]());
beforeEach(() => gateway.emulator.resetCalls());

const WITH_KEY = { 'x-api-key': KEY };

const codesIn = (text: string): unknown[] =>
  JSON.parse(text).errors.map(({ extensions }: { extensions: { code: string } }) => extensions.code);

describe('OWASP access control', () => {
  test('edges and nodes require the same credential', async () => {
    const globalId = globalIdOf(jobId);
    for (const [field, shown] of [
      ['customizedVoiceJobs(first: 1) { edges { node { jobId } } }', jobId],
      ['customizedVoiceJobs(first: 1) { nodes { jobId } }', jobId],
      [`customizedVoiceJob(jobId: "${jobId}") { jobId }`, jobId],
      [`node(id: "${globalId}") { id }`, globalId],
      [`nodes(ids: ["${globalId}"]) { id }`, globalId],
    ] as const) {
      const query = `{ ${field} }`;
      expect((await post(gateway, { query })).status).toBe(401);
      expect((await post(gateway, { query }, { headers: WITH_KEY })).text).toContain(`"${shown}"`);
      // Responses to authenticated callers are cached for authenticated callers only.
      expect((await post(gateway, { query })).status).toBe(401);
    }
  });

  test('knowing the id of an object is no permission: a key is required', async () => {
    const query = `{ node(id: "${globalIdOf(jobId)}") { id } }`;
    for (const headers of [{}, { 'x-api-key': 'a-key-that-lets-nobody-in' }])
      expect((await post(gateway, { query }, { headers })).status).toBe(401);
    expect((await get(gateway, { query })).status).toBe(401);
    expect(gateway.emulator.calls).toEqual([]);
  });

  test.each([
    ['another type', globalIdOf('1', 'Account')],
    ['a type that has the same name in other letters', globalIdOf('x', 'Customizedvoicejob')],
    ['a type of introspection', globalIdOf('Query', '__Type')],
  ])('`node` returns nodes only, nothing else: %s', async (_, id) => {
    const { text } = await post(
      gateway,
      { query: 'query ($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } }', variables: { id } },
      { headers: WITH_KEY },
    );
    expect(text).not.toContain('"id":"');
    expect(JSON.parse(text).data).toEqual({ node: null, nodes: [null] });
    expect(gateway.emulator.calls).toEqual([]);
  });

  test('field-level access: all fields are open to callers with a key, and none reveals the account', () => {
    const types = Object.keys(createSchema().getTypeMap()).filter((name) => !name.startsWith('__'));
    const fields = types.flatMap((name) => {
      const type = createSchema().getType(name);
      return type !== undefined && 'getFields' in type ? Object.keys(type.getFields()) : [];
    });
    expect(fields).toEqual(expect.arrayContaining(['jobId', 'voiceName', 'totalCount']));
    expect(fields.filter((name) => /key|secret|token|password|account|owner|endpoint/i.test(name))).toEqual(
      [],
    );
  });

  test('mutations: there are none', async () => {
    const { text } = await post(gateway, { query: 'mutation { __typename }' }, { headers: WITH_KEY });
    expect(codesIn(text)).toEqual(['BAD_USER_INPUT']);
    expect(createSchema().getMutationType()).toBeUndefined();
    expect(gateway.emulator.calls).toEqual([]);
  });

  test('GraphiQL is off, and none of its files is served', async () => {
    for (const path of [
      '/graphql',
      '/subgraph',
      '/graphiql',
      '/playground',
      '/graphiql/',
      '/altair',
      '/voyager',
    ]) {
      const { status, text, headers } = await send(gateway, 'GET', path, {
        ...WITH_KEY,
        accept: 'text/html',
      });
      expect(status).toBeGreaterThanOrEqual(400);
      expect(text).not.toMatch(/<html|<script/i);
      expect(headers['content-type'] ?? '').not.toContain('text/html');
    }
  });
});

describe('OWASP secure configurations', () => {
  test.each([
    ['an upstream that says too much', { kind: 'error', code: 'InternalError', status: 500 } as const],
    ['an answer in HTML', { kind: 'html' } as const],
    ['a torn answer', { kind: 'cutJson' } as const],
    ['a connection that ends', { kind: 'reset' } as const],
  ])('no excessive errors: %s', async (_, fault) => {
    await using failing = await startProduction({ deadlineMs: 500, cache: { ttlMs: 0, staleIfErrorMs: 0 } });
    failing.emulator.fault(fault);
    const { text } = await post(failing, { query: '{ customizedVoiceJobs { totalCount } }' });
    const [error] = JSON.parse(text).errors;
    expect(error.extensions.code).toMatch(/^UPSTREAM_/);
    expect(text).not.toMatch(/\bat \S+:\d+|node_modules|\.ts\b|stack|aliyuncs|127\.0\.0\.1|ECONN|<html/i);
  });

  test('no response reveals the software of the gateway', async () => {
    for (const [path, expected] of [
      ['/graphql', 401],
      ['/nothing', 404],
      ['/health', 200],
    ] as const) {
      const { status, headers } = await send(gateway, 'GET', path, {});
      expect([path, status]).toEqual([path, expected]);
      expect(headers).not.toHaveProperty('x-powered-by');
      expect(headers).not.toHaveProperty('server');
    }
  });
});
