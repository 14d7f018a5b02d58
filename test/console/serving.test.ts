import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openConsole } from '../../src/server/pages/console.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { FILES, HIDDEN, type MadeUpBuild, makeUpBuild } from './made-up-build.ts';

let build: MadeUpBuild;
let gateway: GatewayUnderTest;

beforeAll(async () => {
  build = makeUpBuild();
  gateway = await startGateway({
    gateway: {
      console: await openConsole(true, build.folder),
      auth: { apiKeys: [{ client: 'web', digest: Buffer.alloc(32), isShort: false }], jwt: undefined },
    },
  });
});

afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]();
  build?.[Symbol.dispose]();
});

/** Sends a request with exactly these headers and returns the raw response. */
async function call(path: string, headers: OutgoingHttpHeaders = {}, method = 'GET', { origin } = gateway) {
  // Without `new URL`, which would normalize the path.
  const { hostname, port } = new URL(origin);
  const sent = request({ hostname, port, path, method, headers }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await buffer(response) };
}

const DECODERS = { br: brotliDecompressSync, gzip: gunzipSync, identity: (bytes: Buffer) => bytes };
const PATHS = { '/console': FILES['index.html'], ...pathsOf(FILES) };

function pathsOf({ 'index.html': _, ...files }: typeof FILES): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([name, content]) => [`/${name}`, content]));
}

describe('the page', () => {
  test('is revalidated each time, sends no referrer, and may load from and call only the gateway', async () => {
    const { status, headers } = await call('/console');
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      vary: 'accept-encoding',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    });
  });

  test('is the same for any query string', async () => {
    const { status, body } = await call('/console?type=STANDARD&lang=zh&x=/health');
    expect(status).toBe(200);
    expect(String(body)).toBe(FILES['index.html']);
  });

  test('needs no credential, but its requests do', async () => {
    expect((await call('/console')).status).toBe(200);
    expect((await call('/graphql?documentId=sha256:total')).status).toBe(401);
  });
});

describe('its files', () => {
  test.each(Object.entries(PATHS))('%s is complete in every encoding', async (path, content) => {
    for (const [encoding, decode] of Object.entries(DECODERS)) {
      const { status, headers, body } = await call(path, { 'accept-encoding': encoding });
      expect(status).toBe(200);
      expect(headers['content-encoding']).toBe(encoding === 'identity' ? undefined : encoding);
      expect(headers['content-length']).toBe(String(body.length));
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(String(decode(body))).toBe(content);
    }
  });

  test.each(Object.keys(PATHS))(
    '%s has the same headers for HEAD, and rejects other methods',
    async (path) => {
      const { headers } = await call(path);
      const head = await call(path, {}, 'HEAD');
      expect(head.status).toBe(200);
      expect(head.body).toHaveLength(0);
      for (const name of ['content-type', 'content-length', 'cache-control', 'vary'])
        expect(head.headers[name]).toBe(headers[name]);
      for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
        const { status, headers } = await call(path, {}, method);
        expect(status).toBe(405);
        expect(headers.allow).toBe('GET, HEAD');
      }
    },
  );

  test('are immutable when their path contains a hash of their content', async () => {
    for (const path of Object.keys(pathsOf(FILES)))
      expect((await call(path)).headers['cache-control']).toBe('public, max-age=31536000, immutable');
  });

  test('have their content types', async () => {
    const types = await Promise.all(
      Object.keys(PATHS).map(async (path) => (await call(path)).headers['content-type']),
    );
    expect(types).toEqual([
      'text/html; charset=utf-8',
      'text/javascript; charset=utf-8',
      'text/css; charset=utf-8',
      'image/svg+xml; charset=utf-8',
    ]);
  });
});

test.each([
  ...Object.keys(HIDDEN).map((name) => `/${name}`),
  '/console/',
  '/Console',
  '/console/index.html',
  '/index.html',
  '/documents.json',
  '/console/documents.json',
  '/console/main-AbC_12-y.js',
  '/console/main-AbC_12-x.js/',
  '/console/main-AbC_12-x.js.br',
  '/console/../console/main-AbC_12-x.js',
  '/console/%6dain-AbC_12-x.js',
  '/console//main-AbC_12-x.js',
  '/console/%2e%2e/documents.json',
  '//console',
  '/console%00',
  '/voice/console',
])('%s is nowhere', async (path) => {
  const { status, headers, body } = await call(path);
  expect(status).toBe(404);
  expect(headers['cache-control']).toBe('no-store');
  expect(JSON.parse(String(body)).errors[0].message).toContain('/console');
  expect(String(body)).not.toContain('main-');
});

test('are counted in the metrics under the route of pages', async () => {
  await call('/console', { 'x-request-id': 'visit' });
  await expect
    .poll(() => gateway.logged.find(({ requestId }) => requestId === 'visit'))
    .toMatchObject({ msg: 'request', path: '/console', status: 200 });
});

describe('a build of the console', () => {
  test('is read from disk at the first request, then cached', async () => {
    using later = makeUpBuild();
    await using other = await startGateway({ gateway: { console: await openConsole(true, later.folder) } });
    later.write('index.html', 'later');
    expect(String((await call('/console', {}, 'GET', other)).body)).toBe('later');
    rmSync(new URL('index.html', later.folder));
    expect(String((await call('/console', {}, 'GET', other)).body)).toBe('later');
    // A file that cannot be read is an error, and read again at the next request.
    expect((await call('/console', { 'accept-encoding': 'gzip' }, 'GET', other)).status).toBe(500);
    later.write('index.html', 'again');
    expect((await call('/console', { 'accept-encoding': 'gzip' }, 'GET', other)).status).toBe(200);
  });

  test('that is missing disables the console, and fails the start with CONSOLE=on', async () => {
    using empty = makeUpBuild();
    rmSync(new URL('index.html', empty.folder));
    const missing = new URL('missing/', empty.folder);
    for (const folder of [empty.folder, missing]) {
      expect(await openConsole(false, folder)).toBeUndefined();
      await expect(openConsole(true, folder)).rejects.toThrow(
        'CONSOLE=on, but the console is not built. Run `npm run build:console` to build it.',
      );
    }
    await using without = await startGateway();
    const { status, body } = await call('/console', {}, 'GET', without);
    expect(status).toBe(404);
    expect(String(body)).not.toContain('console');
  });
});
