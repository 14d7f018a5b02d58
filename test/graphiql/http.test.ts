import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import * as graphiql from '@graphql-yoga/render-graphiql/graphiql';
import { parse, validate } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { createSchema } from '../../src/schema/index.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';

const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

let gateway: GatewayUnderTest;
let html: string;

beforeAll(async () => {
  gateway = await startGateway();
  html = String((await call('/graphql', BROWSER)).body);
});

afterAll(() => gateway?.[Symbol.asyncDispose]());

interface Response {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** Sends a request with exactly these headers and returns the raw response. */
async function call(
  path: string,
  headers: OutgoingHttpHeaders = {},
  { method = 'GET', origin = gateway.origin } = {},
): Promise<Response> {
  const sent = request(new URL(path, origin), { method, headers }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await buffer(response) };
}

/** Path of a file of the page, by the start of its name. */
function pathOf(stem: string): string {
  const [path] = new RegExp(`graphiql/${stem.replace('.', '\\.\\w+\\.')}`).exec(html) ?? [];
  if (path === undefined) throw new Error(`the page does not name ${stem}`);
  return `/${path}`;
}

describe('the GraphiQL page', () => {
  test('is served to requests that accept HTML', async () => {
    const { status, headers } = await call('/graphql', BROWSER);
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['cache-control']).toBe('no-cache');
    expect(headers.vary).toBe('accept, accept-encoding');
  });

  test('has the same headers for HEAD, and no body', async () => {
    const { headers } = await call('/graphql', BROWSER);
    const head = await call('/graphql', BROWSER, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(head.body).toHaveLength(0);
    for (const name of ['content-type', 'content-length', 'content-security-policy', 'vary']) {
      expect(head.headers[name]).toBe(headers[name]);
    }
  });

  test.each([{}, { accept: '*/*' }, { accept: 'application/json' }])(
    'is not served to queries by GET with headers %j',
    async (headers) => {
      const { body } = await call('/graphql?query=%7B__typename%7D', headers);
      expect(JSON.parse(String(body))).toEqual({ data: { __typename: 'Query' } });
    },
  );

  test('is not served to queries by POST', async () => {
    const response = await fetch(`${gateway.origin}/graphql`, {
      method: 'POST',
      headers: { ...BROWSER, 'content-type': 'application/json' },
      body: '{"query":"{__typename}"}',
    });
    expect(response.headers.get('content-type')).not.toContain('text/html');
  });

  test('allows scripts from the gateway only, and contains no inline script', async () => {
    const { headers } = await call('/graphql', BROWSER);
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toMatch(/unsafe-eval|script-src[^;]*unsafe|https?:/);
    const scripts = [...html.matchAll(/<script([^>]*)>([^<]*)</g)];
    expect(scripts).toHaveLength(3);
    for (const [, attributes = '', content] of scripts) {
      if (attributes.includes('application/json')) expect(JSON.parse(content ?? '')).toHaveProperty('tabs');
      else expect(content).toBe('');
    }
    expect(html).not.toMatch(/(src|href)="(?!graphiql\/)| on\w+="/);
  });

  test("contains the repository's operations, each valid for the schema", () => {
    const [, options = ''] = /<script type="application\/json"[^>]*>([^<]*)</.exec(html) ?? [];
    const queries: string[] = JSON.parse(options).tabs.map((tab: { query: string }) => tab.query);
    const files = readdirSync('examples/operations')
      .filter((name) => name.endsWith('.graphql'))
      .map((name) => readFileSync(`examples/operations/${name}`, 'utf8').trimEnd());
    expect(queries.length).toBeGreaterThan(4);
    expect(files).toEqual(expect.arrayContaining(queries));
    for (const query of queries) expect(validate(createSchema(), parse(query))).toEqual([]);
  });

  test.each(['off', undefined])('is not served with GRAPHIQL=%s in production', async (GRAPHIQL) => {
    const config = loadConfig({ GRAPHIQL, NODE_ENV: 'production', IMS_UPSTREAM: 'emulator' });
    await using closed = await startGateway({ gateway: { graphiql: config.graphiql } });
    const page = await call('/graphql', BROWSER, { origin: closed.origin });
    expect(page.headers['content-type'] ?? '').not.toContain('text/html');
    expect(String(page.body)).not.toContain('graphiql/');
    expect((await call(pathOf('graphiql.js'), {}, { origin: closed.origin })).status).toBe(404);
  });
});

describe('the GraphiQL files', () => {
  const FILES = {
    'graphiql.js': ['text/javascript; charset=utf-8', graphiql.js],
    'graphiql.css': ['text/css; charset=utf-8', graphiql.css],
    'editor-worker.js': ['text/javascript; charset=utf-8', graphiql.editorWorkerService],
    'graphql-worker.js': ['text/javascript; charset=utf-8', graphiql.graphqlWorker],
    'json-worker.js': ['text/javascript; charset=utf-8', graphiql.jsonWorker],
    'boot.js': ['text/javascript; charset=utf-8', browserFile('boot.js')],
    'logo.svg': ['image/svg+xml; charset=utf-8', browserFile('logo.svg')],
  } as const;

  function browserFile(name: string): string {
    return readFileSync(`src/server/pages/browser/${name}`, 'utf8');
  }

  test.each(Object.entries(FILES))('%s is complete in every encoding and immutable', async (name, file) => {
    const [type, content] = file;
    const decoders = { br: brotliDecompressSync, gzip: gunzipSync, identity: (bytes: Buffer) => bytes };
    for (const [encoding, decode] of Object.entries(decoders)) {
      const { status, headers, body } = await call(pathOf(name), { 'accept-encoding': encoding });
      expect(status).toBe(200);
      expect(headers['content-type']).toBe(type);
      expect(headers['content-encoding']).toBe(encoding === 'identity' ? undefined : encoding);
      expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
      expect(headers.vary).toBe('accept-encoding');
      expect(headers['content-length']).toBe(String(body.length));
      expect(decode(body).equals(Buffer.from(content))).toBe(true);
    }
  });

  test.each([
    ['gzip, deflate, br, zstd', 'br'],
    ['BR', 'br'],
    ['gzip, deflate', 'gzip'],
    ['br;q=0, gzip;q=0.5', 'gzip'],
    ['br; q=0.000, *', 'gzip'],
    ['*', 'br'],
    ['deflate', undefined],
    ['', undefined],
    ['br;q=0, gzip;q=0, identity;q=0', undefined],
    [undefined, undefined],
  ])('accept-encoding %j gets %j', async (accepted, encoding) => {
    const sent = accepted === undefined ? {} : { 'accept-encoding': accepted };
    expect((await call(pathOf('boot.js'), sent)).headers['content-encoding']).toBe(encoding);
    expect((await call('/graphql', { ...BROWSER, ...sent })).headers['content-encoding']).toBe(encoding);
  });

  test('are served at their own paths only', async () => {
    const path = pathOf('graphiql.js');
    const wrong = path.replace(/\.\w+\.js/, '.0123456789ab.js');
    for (const other of [wrong, `${path}/`, path.toUpperCase(), '/graphiql/', '/graphiql/boot.js']) {
      const { status, headers } = await call(other);
      expect(status).toBe(404);
      expect(headers['cache-control']).toBe('no-store');
    }
  });

  test('accept GET and HEAD only', async () => {
    const head = await call(pathOf('boot.js'), {}, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(head.body).toHaveLength(0);
    expect((await call(pathOf('boot.js'), {}, { method: 'POST' })).status).toBe(405);
  });
});
