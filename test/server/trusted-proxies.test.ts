import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { hashApiKey } from '../../src/auth/api-key.ts';
import { clientAddressBehind } from '../../src/server/access/client-address.ts';
import { type GatewayUnderTestOptions, startGateway } from '../gateway-under-test.ts';
import { startNginx } from '../nginx.ts';
import { fc, runs } from '../runs.ts';
import { askJobs } from './call.ts';

const KEY = randomBytes(24).toString('base64url');

async function start(gateway: GatewayUnderTestOptions) {
  const started = await startGateway({ gateway });
  onTestFinished(() => started[Symbol.asyncDispose]());
  return started;
}

/** Limit of requests per address: a second one is rejected. */
const ONE_A_MINUTE: GatewayUnderTestOptions = { limits: { requestsPerMinute: 1 } };
const LOOPBACK = ['127.0.0.0/8', '::1'];

const statusOf = async (origin: string, forwarded: string | undefined) =>
  (await askJobs(origin, forwarded === undefined ? {} : { 'x-forwarded-for': forwarded })).status;

describe('behind a trusted proxy', () => {
  test('anonymous callers are limited by their address in x-forwarded-for', async () => {
    const { origin } = await start({ ...ONE_A_MINUTE, trustedProxies: LOOPBACK });
    expect(await statusOf(origin, '192.0.2.1')).toBe(200);
    expect(await statusOf(origin, '192.0.2.1')).toBe(429);
    expect(await statusOf(origin, '192.0.2.2')).toBe(200);
    expect(await statusOf(origin, '2001:db8::1')).toBe(200);
    expect(await statusOf(origin, '2001:0DB8:0:0::2')).toBe(429);
  });

  test("forged entries to the left of the client's address are ignored", async () => {
    const { origin } = await start({ ...ONE_A_MINUTE, trustedProxies: [...LOOPBACK, '10.0.0.0/8'] });
    expect(await statusOf(origin, 'forged, 192.0.2.1')).toBe(200);
    for (const forged of ['192.0.2.9, 192.0.2.1', '10.0.0.1,192.0.2.1', '192.0.2.9, 192.0.2.1, 10.1.1.1'])
      expect(await statusOf(origin, forged)).toBe(429);
  });

  test("a rejected caller is logged with the client's address", async () => {
    const { origin, logged } = await start({
      auth: { apiKeys: [hashApiKey('web', KEY)], jwt: undefined },
      trustedProxies: LOOPBACK,
    });
    expect(await statusOf(origin, '192.0.2.7, 127.0.0.2')).toBe(401);
    await expect.poll(() => logged).toContainEqual(expect.objectContaining({ address: '192.0.2.7' }));
  });
});

test.each([
  ['no proxy is configured', undefined],
  ['the peer is none of the configured proxies', ['10.0.0.0/8', '192.0.2.0/24']],
])('a forged x-forwarded-for is ignored where %s', async (_, trustedProxies) => {
  const { origin } = await start({ ...ONE_A_MINUTE, ...(trustedProxies && { trustedProxies }) });
  expect(await statusOf(origin, '192.0.2.1')).toBe(200);
  for (const forged of ['192.0.2.2', '192.0.2.3, 10.0.0.1', undefined])
    expect(await statusOf(origin, forged)).toBe(429);
});

test('behind a real nginx, two clients have separate limits whatever they forge (needs nginx)', async () => {
  const { origin } = await start({ ...ONE_A_MINUTE, trustedProxies: ['127.0.0.1'] });
  // Two other loopback addresses represent two clients; nginx itself connects from 127.0.0.1.
  await using nginx = await startNginx(`
      server {
        listen 127.0.0.1:{port};
        location / {
          proxy_pass ${origin};
          proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        }
      }`);
  const from = async (address: string, forwarded?: string) => {
    const headers: Record<string, string> = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
    return (await askJobs(nginx.origin, headers, { from: address })).status;
  };
  expect(await from('127.0.0.5')).toBe(200);
  expect(await from('127.0.0.5')).toBe(429);
  expect(await from('127.0.0.6')).toBe(200);
  expect(await from('127.0.0.6', '192.0.2.9')).toBe(429);
  expect(await from('127.0.0.6', '127.0.0.1')).toBe(429);
  expect(await from('127.0.0.6', '192.0.2.9, 127.0.0.1')).toBe(429);
});

describe('clientAddressBehind', () => {
  const request = (remoteAddress: string | undefined, header: string | undefined) =>
    ({ socket: { remoteAddress }, headers: { 'x-forwarded-for': header } }) as unknown as IncomingMessage;
  const find = clientAddressBehind(['10.0.0.0/8', 'fd00::/8', '192.0.2.7']);

  test.each([
    ['10.0.0.1', undefined, '10.0.0.1'],
    ['10.0.0.1', '', '10.0.0.1'],
    ['10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['::ffff:10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['10.0.0.1', '::ffff:198.51.100.1', '198.51.100.1'],
    ['10.0.0.1', '::ffff:c633:6401', '198.51.100.1'],
    ['10.0.0.1', '198.51.100.1, fd00::2, 192.0.2.7', '198.51.100.1'],
    ['10.0.0.1', '198.51.100.1:4711', '198.51.100.1'],
    ['10.0.0.1', '[2001:db8::1]:4711', '2001:db8::1'],
    ['10.0.0.1', '[2001:db8::1]', '2001:db8::1'],
    ['10.0.0.1', '2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['10.0.0.1', '198.51.100.1, unknown', '10.0.0.1'],
    ['10.0.0.1', '198.51.100.1, unknown, 10.0.0.9', '10.0.0.9'],
    ['10.0.0.1', '198.51.100.1,, 10.0.0.9', '10.0.0.9'],
    ['10.0.0.1', '10.0.0.300', '10.0.0.1'],
    ['10.0.0.1', '198.51.100.1, ', '10.0.0.1'],
    ['10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
    ['192.0.2.8', '198.51.100.1', '192.0.2.8'],
    ['2001:db8::9', '198.51.100.1', '2001:db8::9'],
    [undefined, '198.51.100.1', ''],
  ])('for a connection from %s with x-forwarded-for %j is %s', (peer, header, expected) => {
    expect(find(request(peer, header))).toBe(expected);
  });

  test('property: is the first address from the right that is not a trusted proxy', () => {
    const proxy = fc.constantFrom('10.1.2.3', '10.255.0.1', 'fd00::1', '192.0.2.7');
    const client = fc.constantFrom('198.51.100.1', '192.0.2.8', '2001:db8::5', '11.0.0.1');
    const junk = fc.constantFrom('unknown', '_hidden', '', '10.0.0', '::g', '1.2.3.4.5', '"192.0.2.1"');
    const entries = fc.array(fc.oneof(proxy, client, junk), { maxLength: 8 });
    fc.assert(
      fc.property(fc.oneof(proxy, client), entries, fc.constantFrom(',', ', ', ' ,'), (peer, list, comma) => {
        // Reference model: drop trusted proxies from the right.
        const proxies = new Set(['10.1.2.3', '10.255.0.1', 'fd00::1', '192.0.2.7']);
        let expected: string = peer;
        for (const entry of list.toReversed()) {
          if (!proxies.has(expected) || isIP(entry) === 0) break;
          expected = entry;
        }
        expect(find(request(peer, list.join(comma)))).toBe(expected);
      }),
      { numRuns: runs(5000) },
    );
  });

  test('handles a header of the maximum size', () => {
    expect(find(request('10.0.0.1', `198.51.100.1${',10.0.0.2'.repeat(1800)}`))).toBe('198.51.100.1');
  });
});
