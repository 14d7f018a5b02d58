import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startEmulator } from '../../emulator/emulator.ts';
import { startIdentityProvider } from '../auth/identity-provider.ts';
import { freePort } from '../free-port.ts';
import { ForwardProxyServer } from '../upstream/forward-proxy.ts';
import { createIdentity } from '../upstream/private-ca.ts';
import { startTlsFront } from '../upstream/tls-front.ts';
import { runGateway } from './gateway-process.ts';

const ASK = JSON.stringify({ query: '{ customizedVoiceJobs(first: 3) { nodes { jobId } } }' });

async function ask(origin: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: ASK,
  });
  return {
    status: response.status,
    ...((await response.json()) as { data?: unknown; errors?: { extensions: { code: string } }[] }),
  };
}

async function startUpstream() {
  const emulator = await startEmulator({ stepMs: 0 });
  onTestFinished(() => emulator.close());
  const env = {
    IMS_ENDPOINT: emulator.endpoint,
    ALIBABA_CLOUD_ACCESS_KEY_ID: emulator.accessKeyId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: emulator.accessKeySecret,
  };
  return { emulator, env };
}

async function startProxy() {
  const proxy = await ForwardProxyServer.start();
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  const password = `p@ss:${randomBytes(8).toString('hex')}`;
  proxy.credentials = `gateway:${password}`;
  const host = `127.0.0.1:${proxy.port}`;
  return { proxy, host, password, url: `http://gateway:${encodeURIComponent(password)}@${host}` };
}

test('HTTPS_PROXY with NODE_EXTRA_CA_CERTS: upstream and JWKS are read through tunnels, and the log contains no credentials', async () => {
  const { emulator, env } = await startUpstream();
  await using provider = await startIdentityProvider();
  const { proxy, host, password, url } = await startProxy();
  const identity = await createIdentity();
  const folder = mkdtempSync(join(tmpdir(), 'proxies-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'ca.pem'), identity.cert);
  const upstream = await startTlsFront(() => emulator.endpoint, identity);
  const keys = await startTlsFront(() => provider.options.issuer, identity);
  await using gateway = runGateway({
    ...env,
    IMS_ENDPOINT: upstream,
    AUTH_JWKS_URL: `${keys}/keys`,
    AUTH_JWT_ISSUER: provider.options.issuer,
    AUTH_JWT_AUDIENCE: provider.options.audiences[0] ?? '',
    HTTPS_PROXY: url,
    NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
  });
  const origin = await gateway.origin;
  const answer = await ask(origin, { authorization: `Bearer ${await provider.token()}` });
  expect(answer.errors).toBeUndefined();
  expect(new Set(proxy.requests.map(({ method, target }) => `${method} ${target}`))).toEqual(
    new Set([`CONNECT ${new URL(upstream).host}`, `CONNECT ${new URL(keys).host}`]),
  );
  expect(proxy.requests.every(({ credentials }) => credentials === `gateway:${password}`)).toBe(true);
  expect(provider.reads).toBe(1);
  const listening = gateway.output.stdout.split('\n').find((line) => line.includes('"listening"')) ?? '';
  expect(JSON.parse(listening)).toMatchObject({
    upstreamProxy: `http://${host}`,
    jwksProxy: `http://${host}`,
  });
});

test('HTTP_PROXY: an http upstream is read through the proxy, and http_proxy takes precedence', async () => {
  const { env, emulator } = await startUpstream();
  const [{ proxy, url }, other] = [await startProxy(), await startProxy()];
  await using gateway = runGateway({ ...env, HTTP_PROXY: other.url, http_proxy: url });
  expect((await ask(await gateway.origin)).errors).toBeUndefined();
  expect(proxy.requests.map(({ target }) => new URL(target).origin)).toEqual([emulator.endpoint]);
  expect(other.proxy.requests).toEqual([]);
});

test('HTTP_PROXY on another machine: requests to an upstream and a JWKS on loopback do not leave the machine', async () => {
  const { env, emulator } = await startUpstream();
  await using provider = await startIdentityProvider();
  // An address that is never assigned, so requests through the proxy fail. @see https://www.rfc-editor.org/rfc/rfc5737
  const elsewhere = 'http://192.0.2.1:3128';
  await using gateway = runGateway({
    ...env,
    AUTH_JWKS_URL: provider.options.jwksUrl,
    AUTH_JWT_ISSUER: provider.options.issuer,
    AUTH_JWT_AUDIENCE: provider.options.audiences[0] ?? '',
    HTTP_PROXY: elsewhere,
    HTTPS_PROXY: elsewhere,
  });
  const origin = await gateway.origin;
  expect((await ask(origin, { authorization: `Bearer ${await provider.token()}` })).errors).toBeUndefined();
  expect(emulator.calls).toHaveLength(1);
  expect(provider.reads).toBe(1);
  const listening = gateway.output.stdout.split('\n').find((line) => line.includes('"listening"')) ?? '';
  expect(JSON.parse(listening)).toMatchObject({ upstreamProxy: 'none', jwksProxy: 'none' });
});

test.each([
  ['NO_PROXY', '127.0.0.1'],
  ['no_proxy', 'example.com, 127.0.0.0/8'],
  ['NO_PROXY', '*'],
])('%s=%s: the upstream is read without the proxy', async (name, except) => {
  const { env } = await startUpstream();
  const { proxy, url } = await startProxy();
  await using gateway = runGateway({ ...env, HTTP_PROXY: url, HTTPS_PROXY: url, [name]: except });
  expect((await ask(await gateway.origin)).errors).toBeUndefined();
  expect(proxy.requests).toEqual([]);
  expect(gateway.output.stdout).toContain('"upstreamProxy":"none"');
});

test('an unreachable proxy: callers get UPSTREAM_UNAVAILABLE, tokens get 503, and both log lines name the proxy', async () => {
  const { env } = await startUpstream();
  await using provider = await startIdentityProvider();
  const password = randomBytes(12).toString('hex');
  const host = `127.0.0.1:${await freePort()}`;
  await using gateway = runGateway({
    ...env,
    AUTH_API_KEYS: 'web:a-key-of-the-web-client',
    AUTH_JWKS_URL: provider.options.jwksUrl,
    AUTH_JWT_ISSUER: provider.options.issuer,
    AUTH_JWT_AUDIENCE: provider.options.audiences[0] ?? '',
    // Without a scheme, so no other check recognises it as a URL.
    HTTP_PROXY: `gateway:${password}@${host}`,
  });
  const origin = await gateway.origin;
  const byKey = await ask(origin, { 'x-api-key': 'a-key-of-the-web-client' });
  expect(byKey.errors?.map(({ extensions }) => extensions.code)).toEqual(['UPSTREAM_UNAVAILABLE']);
  expect(JSON.stringify(byKey)).not.toContain(host);
  const byToken = await ask(origin, { authorization: `Bearer ${await provider.token()}` });
  expect([byToken.status, byToken.errors?.[0]?.extensions.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
  const reason = `ECONNREFUSED, proxy ${host}`;
  await expect.poll(() => gateway.output.stdout).toContain(`"detail":"${reason}"`);
  await expect.poll(() => gateway.output.stdout).toContain(`"reason":"${reason}"`);
  const written = gateway.output.stdout + gateway.output.stderr;
  expect(written).not.toContain(password);
  expect(written).not.toContain(Buffer.from(`gateway:${password}`).toString('base64'));
});

describe('the gateway rejects the configuration', () => {
  test.each([
    ['HTTPS_PROXY', 'socks5://gateway:PASSWORD@proxy.example.com:1080', 'unsupported scheme socks5://'],
    ['https_proxy', 'socks5h://gateway:PASSWORD@proxy.example.com', 'unsupported scheme socks5h://'],
    ['HTTP_PROXY', 'ftp://gateway:PASSWORD@proxy.example.com', 'unsupported scheme ftp://'],
    ['http_proxy', 'http://gateway:PASSWORD@proxy.example.com:port', 'missing or invalid host or port'],
    ['HTTPS_PROXY', 'gateway:PASSWORD', 'missing or invalid host or port'],
  ])('%s=%s at start', async (name, value, reason) => {
    const password = randomBytes(12).toString('hex');
    await using gateway = runGateway({ [name]: value.replace('PASSWORD', password) });
    expect(await gateway.ended).toBe(1);
    expect(gateway.output.stderr).toContain(`${name}: ${reason}. Expected `);
    expect(gateway.output.stderr).toMatch(/an http:\/\/ or https:\/\/ URL|the same as for HTTPS_PROXY/);
    expect(gateway.output.stderr).not.toContain(password);
  });
});

test('the built-in emulator is reached without a proxy', async () => {
  await using gateway = runGateway({ HTTP_PROXY: `http://127.0.0.1:${await freePort()}`, https_proxy: '  ' });
  expect((await ask(await gateway.origin)).errors).toBeUndefined();
});

test("credentials are looked up without a proxy, because the vendor's library does not support one", async () => {
  const { env, emulator } = await startUpstream();
  const { accessKeyId, accessKeySecret } = emulator;
  let lookups = 0;
  const source = createHttpServer((_request, response) => {
    lookups++;
    response.end(
      JSON.stringify({
        Code: 'Success',
        AccessKeyId: accessKeyId,
        AccessKeySecret: accessKeySecret,
        SecurityToken: 'token-of-the-session',
        Expiration: new Date(Date.now() + 3_600_000).toISOString(),
      }),
    );
  });
  source.listen(0, '127.0.0.1');
  await once(source, 'listening');
  onTestFinished(() => void source.close());
  const { proxy, url } = await startProxy();
  await using gateway = runGateway({
    IMS_ENDPOINT: env.IMS_ENDPOINT,
    ALIBABA_CLOUD_CREDENTIALS_URI: `http://127.0.0.1:${(source.address() as AddressInfo).port}/`,
    HTTP_PROXY: url,
  });
  await gateway.origin;
  await expect.poll(() => lookups, { timeout: 10_000 }).toBeGreaterThan(0);
  expect(proxy.requests.every(({ target }) => target.startsWith(emulator.endpoint))).toBe(true);
});
