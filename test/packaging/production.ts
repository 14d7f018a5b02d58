import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GatewayProcess } from '../process/gateway-process.ts';
import { type BuiltPackage, runBundle } from './built-package.ts';

const KEY = 'a-key-of-the-packaging-tests';

/** Tests of one process from start to end. */
export function servesInProduction(built: () => BuiltPackage): void {
  let gateway: GatewayProcess;
  beforeAll(() => {
    const { folder } = built();
    // Any other read, and any write, would be ERR_ACCESS_DENIED. Process metrics are read from /proc.
    const sealed = ['--permission', `--allow-fs-read=${folder}/*`, '--allow-fs-read=/proc/*'];
    const env = { NODE_ENV: 'production', IMS_UPSTREAM: 'emulator', AUTH_API_KEYS: `tester:${KEY}` };
    gateway = runBundle(folder, env, [], sealed);
  });
  afterAll(() => gateway?.[Symbol.asyncDispose]());

  const fetchFrom = async (path: string, init?: RequestInit) => fetch((await gateway.origin) + path, init);

  const ask = (path: string, query: string, headers: Record<string, string> = { 'x-api-key': KEY }) =>
    fetchFrom(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query }),
    });

  test('is healthy and ready', async () => {
    expect((await fetchFrom('/health')).status).toBe(200);
    await expect.poll(async () => (await fetchFrom('/ready')).status).toBe(200);
  });

  test('returns a page of jobs', async () => {
    const response = await ask('/graphql', '{ customizedVoiceJobs { totalCount nodes { jobId } } }');
    expect(await response.json()).toMatchObject({
      data: { customizedVoiceJobs: { totalCount: 271, nodes: { length: 10 } } },
    });
  });

  test('rejects requests without the key', async () => {
    expect((await ask('/graphql', '{ __typename }', {})).status).toBe(401);
    expect((await fetchFrom('/metrics')).status).toBe(401);
  });

  test('has neither introspection nor GraphiQL', async () => {
    const { errors } = await (await ask('/graphql', '{ __schema { description } }')).json();
    expect(errors).toHaveLength(1);
    const page = await fetchFrom('/graphql', { headers: { accept: 'text/html', 'x-api-key': KEY } });
    expect(page.status).toBe(406);
  });

  test('is a federation subgraph', async () => {
    const { data } = await (await ask('/subgraph', '{ _service { sdl } }')).json();
    expect(data._service.sdl).toContain('@key(fields: "jobId")');
  });

  test('has metrics', async () => {
    const metrics = await (await fetchFrom('/metrics', { headers: { 'x-api-key': KEY } })).text();
    expect(metrics).toMatch(/^voicejobs_http_requests_total\{[^}]*client="tester"[^}]*\} [1-9]/m);
  });

  test('exits with 0 on SIGTERM, without an error in the log', async () => {
    gateway.child.kill('SIGTERM');
    expect(await gateway.ended).toBe(0);
    expect(gateway.output.stdout).not.toMatch(/"level":(40|50|60)/);
    expect(gateway.output.stdout + gateway.output.stderr).not.toContain('ERR_ACCESS_DENIED');
  });
}
