import * as graphiql from '@graphql-yoga/render-graphiql/graphiql';
import { expect, test } from 'vitest';
import asked from '../../console/src/generated/persisted-documents.json' with { type: 'json' };
import { get, send } from '../answers/asking.ts';
import { startIdentityProvider } from '../auth/identity-provider.ts';
import { documentOf } from '../documents/trusted.ts';
import type { GatewayUnderTest } from '../gateway-under-test.ts';
import { type BuiltPackage, runBundle } from './built-package.ts';

const TOTAL = '{"query":"{ customizedVoiceJobs { totalCount } }"}';
const JSON_HEADERS = { 'content-type': 'application/json' };

/** Tests of modules that are loaded on first use. */
export function loadsItsParts(built: () => BuiltPackage): void {
  const start = async (env: Record<string, string> = {}) => {
    const gateway = runBundle(built().folder, env);
    const at = { origin: await gateway.origin } as GatewayUnderTest;
    return { at, [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() };
  };

  test('token verification and metrics', async () => {
    await using provider = await startIdentityProvider();
    const { jwksUrl, issuer, audiences } = provider.options;
    await using gateway = await start({
      AUTH_JWKS_URL: jwksUrl,
      AUTH_JWT_ISSUER: issuer,
      AUTH_JWT_AUDIENCE: audiences.join(','),
      LIMIT_REQUESTS_PER_MINUTE: '2',
    });
    const ask = async (token: string) =>
      (
        await send(
          gateway.at,
          'POST',
          '/graphql',
          { ...JSON_HEADERS, authorization: `Bearer ${token}` },
          TOTAL,
        )
      ).status;
    const token = await provider.token();
    expect(await ask(token)).toBe(200);
    expect(await ask(token)).toBe(200);
    expect(await ask(token)).toBe(429);
    expect(await ask(await provider.token({ aud: 'another' }))).toBe(401);
  });

  test('server-sent events', async () => {
    await using gateway = await start();
    const { headers, text } = await get(
      gateway.at,
      { query: '{ __typename }' },
      { headers: { accept: 'text/event-stream' } },
    );
    expect(headers['content-type']).toBe('text/event-stream');
    expect(text).toContain('{"data":{"__typename":"Query"}}');
  });

  test('the included operations', async () => {
    await using gateway = await start({ TRUSTED_DOCUMENTS: 'only' });
    const { id } = documentOf('FirstPage');
    const body = JSON.stringify({ documentId: id, variables: { first: 2 } });
    const { text } = await send(gateway.at, 'POST', '/graphql', JSON_HEADERS, body);
    expect(JSON.parse(text).data.customizedVoiceJobs).toBeDefined();
    expect((await send(gateway.at, 'POST', '/graphql', JSON_HEADERS, TOTAL)).status).not.toBe(200);
  });

  test('GraphiQL, byte for byte in every coding', async () => {
    await using gateway = await start();
    const page = await get(gateway.at, '', { headers: { accept: 'text/html' } });
    expect(page.text).toContain('query FirstPage');
    const paths = [...new Set(page.text.match(/graphiql\/[\w.-]+/g))];
    expect(paths).toHaveLength(7);
    const read = async (path: string, encoding: string) => {
      const headers = { 'accept-encoding': encoding };
      const response = await fetch(`${gateway.at.origin}/${path}`, { headers });
      expect(response.headers.get('content-encoding') ?? 'identity').toBe(encoding);
      return response.text();
    };
    const served = await Promise.all(
      ['br', 'gzip', 'identity'].map((encoding) => Promise.all(paths.map((path) => read(path, encoding)))),
    );
    const { js, css, editorWorkerService, graphqlWorker, jsonWorker } = graphiql;
    for (const files of served) {
      expect(files).toEqual(served[0]);
      for (const text of [js, css, editorWorkerService, graphqlWorker, jsonWorker])
        expect(files.includes(text)).toBe(true);
    }
  });

  test('the console, byte for byte in every coding', async () => {
    await using gateway = await start({ CONSOLE: 'on' });
    const read = async (path: string, encoding: string) => {
      const headers = { 'accept-encoding': encoding };
      const response = await fetch(new URL(path, `${gateway.at.origin}/`), { headers });
      expect(response.headers.get('content-encoding') ?? 'identity').toBe(encoding);
      return response.text();
    };
    const page = await read('console', 'br');
    const paths = [...page.matchAll(/"\.\/(console\/[\w.-]+)"/g)].map(([, path]) => String(path));
    expect(paths.some((path) => path.endsWith('.js')) && paths.some((path) => path.endsWith('.css'))).toBe(
      true,
    );
    const served = await Promise.all(
      ['br', 'gzip', 'identity'].map((encoding) =>
        Promise.all(['console', ...paths].map((path) => read(path, encoding))),
      ),
    );
    for (const files of served) expect(files).toEqual(served[0]);
    // React's production build; its development build is far larger.
    expect(served.flat().join('')).not.toContain('Warning: ');
  });

  test("the console's documents", async () => {
    await using gateway = await start({ CONSOLE: 'on', TRUSTED_DOCUMENTS: 'only' });
    for (const [documentId, document] of Object.entries(asked)) {
      if (!document.includes('query ')) continue;
      const body = JSON.stringify({ documentId, variables: { first: 2, type: 'ALL', id: 'x', filter: {} } });
      const { text } = await send(gateway.at, 'POST', '/graphql', JSON_HEADERS, body);
      expect(JSON.parse(text)).toHaveProperty('data');
    }
    expect(Object.keys(asked).length).toBeGreaterThan(1);
  });
}
