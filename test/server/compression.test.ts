import { createHook } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hashApiKey } from '../../src/auth/api-key.ts';
import type { SerializedResponse } from '../../src/server/graphql/response.ts';
import { ResponseCache } from '../../src/server/graphql/response-cache.ts';
import { CompressedForms, preferredEncoding } from '../../src/server/http/compression.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';
import { STATUS_QUERY } from '../live/subscriber-under-test.ts';
import { fc, runs } from '../runs.ts';

const LONG = '{ customizedVoiceJobs(first: 50) { nodes { id jobId voiceName status } } }';
const SHORT = '{ customizedVoiceJobs(first: 2) { nodes { jobId } } }';
const PAGE = 'https://app.example.com';
const KEY = randomBytes(18).toString('base64url');

let gateway: GatewayUnderTest;
beforeAll(async () => {
  gateway = await startGateway({
    gateway: {
      cache: { ttlMs: 3_600_000, staleIfErrorMs: 0 },
      auth: { apiKeys: [hashApiKey('web', KEY)], jwt: undefined },
      corsOrigins: [PAGE],
    },
  });
});
afterAll(() => gateway?.[Symbol.asyncDispose]());

interface Received {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly bytes: Buffer;
}

async function ask(
  query: string,
  headers: Record<string, string>,
  { method = 'POST', path = '/graphql' } = {},
): Promise<Received> {
  const url = method === 'POST' ? path : `${path}?${new URLSearchParams({ query })}`;
  const sent = request(gateway.origin + url, {
    method,
    headers: { 'x-api-key': KEY, 'content-type': 'application/json', ...headers },
  }).end(method === 'POST' ? JSON.stringify({ query }) : undefined);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, bytes: await buffer(response) };
}

const varies = ({ headers }: Received) => `${headers.vary ?? ''}`.toLowerCase().split(', ');

/** The decoded text of a body in any coding. */
function textOf({ headers, bytes }: Received): string {
  const encoding = headers['content-encoding'];
  if (encoding === undefined) return String(bytes);
  return String(encoding === 'br' ? brotliDecompressSync(bytes) : gunzipSync(bytes));
}

describe.each(['POST', 'GET'])('a response above 1 kB by %s', (method) => {
  test.each([
    ['gzip', 'gzip'],
    ['br', 'br'],
    ['gzip, deflate, br', 'br'],
    ['br;q=0.5, gzip', 'gzip'],
    ['identity;q=0, gzip', 'gzip'],
  ])('is compressed for accept-encoding %j, executed or cached', async (accepted, encoding) => {
    const plain = textOf(await ask(LONG, {}, { method }));
    for (const fresh of [{ 'cache-control': 'no-cache' }, {}, {}]) {
      const received = await ask(LONG, { 'accept-encoding': accepted, ...fresh }, { method });
      expect(received.headers['content-encoding']).toBe(encoding);
      expect(received.headers['content-length']).toBe(String(received.bytes.length));
      expect(varies(received)).toContain('accept-encoding');
      expect(received.bytes.length).toBeLessThan(plain.length / 2);
      expect(textOf(received)).toBe(plain);
    }
  });

  test.each([undefined, '', 'identity', 'deflate, zstd', 'gzip;q=0', '*;q=0', 'identity, gzip;q=0.1'])(
    'is uncompressed for accept-encoding %j',
    async (accepted) => {
      const headers: Record<string, string> = accepted === undefined ? {} : { 'accept-encoding': accepted };
      const received = await ask(LONG, headers, { method });
      expect(received.headers['content-encoding']).toBeUndefined();
      expect(JSON.parse(String(received.bytes)).data.customizedVoiceJobs.nodes).toHaveLength(50);
    },
  );
});

test('a response below 1 kB is sent uncompressed, unless the client rules out identity', async () => {
  const plain = await ask(SHORT, { 'accept-encoding': 'gzip, br' });
  expect(plain.headers['content-encoding']).toBeUndefined();
  const ruledOut = await ask(SHORT, { 'accept-encoding': 'gzip, identity;q=0' });
  expect([ruledOut.headers['content-encoding'], textOf(ruledOut)]).toEqual(['gzip', textOf(plain)]);
});

test('a GET response above 1 kB has accept-encoding in its Vary header, compressed or not', async () => {
  for (const headers of [{}, { 'accept-encoding': 'br' }] as Record<string, string>[]) {
    const received = await ask(LONG, { origin: PAGE, ...headers }, { method: 'GET' });
    const all = ['origin', 'authorization', 'x-api-key', 'accept', 'accept-encoding'];
    expect(varies(received)).toEqual(all);
  }
});

test('a compressed GET response has a weak ETag, and If-None-Match with it gets 304', async () => {
  const { headers } = await ask(LONG, { 'accept-encoding': 'gzip' }, { method: 'GET' });
  expect(headers.etag).toMatch(/^W\/"[\w-]+"$/);
  const again = await ask(
    LONG,
    { 'accept-encoding': 'gzip', 'if-none-match': `${headers.etag}` },
    { method: 'GET' },
  );
  expect([again.status, again.bytes.length, again.headers.etag]).toEqual([304, 0, headers.etag]);
  expect(varies(again)).toContain('accept-encoding');
});

test('a cached response is compressed once per coding, even for concurrent requests', async () => {
  const query = LONG.replace('50', '49');
  let compressions = 0;
  const hook = createHook({ init: (_id, type) => void (type === 'ZLIB' && compressions++) }).enable();
  try {
    for (const accepted of ['gzip', 'br']) {
      for (let round = 0; round < 3; round++)
        await Promise.all(Array.from({ length: 5 }, () => ask(query, { 'accept-encoding': accepted })));
    }
  } finally {
    hook.disable();
  }
  // Five concurrent requests miss the cache, and each is executed.
  expect(compressions).toBeLessThanOrEqual(5 + 1);
  expect(compressions).toBeGreaterThanOrEqual(2);
});

test('errors above 1 kB are compressed, with every header of the response', async () => {
  const query = `{ ${Array.from({ length: 10 }, (_, at) => `unknown${at}${'x'.repeat(80)}`).join(' ')} }`;
  const plain = await ask(query, { origin: PAGE, accept: 'application/graphql-response+json' });
  const packed = await ask(query, {
    origin: PAGE,
    accept: 'application/graphql-response+json',
    'accept-encoding': 'gzip',
  });
  expect([packed.status, packed.headers['content-encoding']]).toEqual([400, 'gzip']);
  expect(textOf(packed)).toBe(textOf(plain));
  expect(packed.headers['content-type']).toBe(plain.headers['content-type']);
  expect(packed.headers['access-control-allow-origin']).toBe(PAGE);
  expect(varies(packed)).toEqual(['origin', 'accept-encoding']);
});

test('the metrics are compressed', async () => {
  const received = await ask('', { 'accept-encoding': 'gzip' }, { method: 'GET', path: '/metrics' });
  expect(received.headers['content-encoding']).toBe('gzip');
  expect(textOf(received)).toContain('voicejobs_http_requests_total');
  expect(varies(received)).toEqual(['authorization', 'x-api-key', 'accept-encoding']);
});

test('an event stream is never compressed', async () => {
  const { JobId: jobId } = gateway.emulator.insert('Basic', { Status: 'Success' });
  const response = await fetch(`${gateway.origin}/graphql`, {
    method: 'POST',
    headers: {
      'x-api-key': KEY,
      'content-type': 'application/json',
      accept: 'text/event-stream',
      'accept-encoding': 'gzip, br, identity;q=0',
    },
    body: JSON.stringify({ query: STATUS_QUERY, variables: { jobId } }),
  });
  expect(response.headers.get('content-encoding')).toBeNull();
  expect(await response.text()).toMatch(/"status":"SUCCESS".*event: complete/s);
});

test('the coding with the highest weight among the accepted ones is chosen', () => {
  const weight = fc.constantFrom(undefined, '0', '0.000', '0.001', '0.3', '0.5', '1', '1.000');
  const range = fc.tuple(fc.constantFrom('br', 'gzip', 'identity', '*', 'deflate', 'GZIP'), weight);
  fc.assert(
    fc.property(fc.uniqueArray(range, { selector: ([name]) => name.toLowerCase() }), (ranges) => {
      const header = ranges.map(([name, q]) => (q === undefined ? name : `${name} ; q=${q}`)).join(' ,');
      const chosen = preferredEncoding(header);
      // Reimplemented from RFC 9110, section 12.5.3.
      const named = (wanted: string) => ranges.find(([name]) => name.toLowerCase() === wanted);
      const weightOf = (coding: string) => {
        const found = named(coding) ?? named('*');
        if (found !== undefined) return Number(found[1] ?? 1);
        return coding === 'identity' ? Number.MIN_VALUE : 0;
      };
      const best = Math.max(weightOf('br'), weightOf('gzip'), weightOf('identity'));
      if (best === 0) expect(chosen).toBe('identity');
      else expect(weightOf(chosen)).toBe(best);
    }),
    { numRuns: runs(2000) },
  );
});

test('compressed forms of cached responses count against the size of the response cache', async () => {
  const cache = new ResponseCache();
  const answers = new Map<string, SerializedResponse>();
  for (let at = 0; at < 40; at++) {
    // Half of it is incompressible.
    const body = Buffer.concat([randomBytes(250_000), Buffer.alloc(250_000)]);
    const forms = new CompressedForms();
    const answer = {
      contentType: '',
      body,
      forms,
      isCacheable: true,
      freshUntil: Number.POSITIVE_INFINITY,
    } as unknown as SerializedResponse;
    const key = { bytes: `request ${at}`, method: 'POST', mediaType: 'application/json' } as const;
    answers.set(key.bytes, answer);
    cache.set(key, answer);
    for (const encoding of ['gzip', 'br'] as const) {
      await forms.make(encoding, body);
      cache.recount(key);
    }
  }
  let bytes = 0;
  for (const [request, { body, forms }] of answers) {
    const kept = cache.get({ bytes: request, method: 'POST', mediaType: 'application/json' });
    if (kept !== undefined) bytes += body.length + forms.bytes;
  }
  expect(bytes).toBeGreaterThan(12 * 1024 * 1024);
  expect(bytes).toBeLessThanOrEqual(16 * 1024 * 1024);
});
