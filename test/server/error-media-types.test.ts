import { randomBytes } from 'node:crypto';
import { ApolloClient, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { describe, expect, test } from 'vitest';
import { hashApiKey } from '../../src/auth/api-key.ts';
import { type GatewayUnderTest, type GatewayUnderTestOptions, startGateway } from '../gateway-under-test.ts';
import { connect, open, type Refused, subscribeTo } from '../live/raw-socket.ts';
import { askJobs, type Call, type Called, call, JOBS } from './call.ts';

const KEY = randomBytes(18).toString('base64url');
const WITH_KEYS: GatewayUnderTestOptions = { auth: { apiKeys: [hashApiKey('web', KEY)], jwt: undefined } };
const SPEC = 'application/graphql-response+json';

/** Context of a case. `headers` contain what the client accepts. */
type Send = (gateway: GatewayUnderTest, headers: Call['headers']) => Promise<Called | Refused>;
type Rejection = readonly [status: number, why: string, options: GatewayUnderTestOptions, send: Send];

const upgrade = { connection: 'upgrade', upgrade: 'websocket' };
const get: (search: string, more?: Record<string, string>) => Send =
  (search, more) =>
  ({ origin }, headers) =>
    call(`${origin}/graphql?${search}`, { headers: { ...headers, ...more } });
const postBody: (body: string, more?: Record<string, string>) => Send =
  (body, more) =>
  ({ origin }, headers) =>
    askJobs(origin, { ...headers, ...more }, { body });

/** Every place that rejects a GraphQL request with an HTTP status. */
const REJECTIONS: readonly Rejection[] = [
  [400, 'a body that is no JSON', {}, postBody('{')],
  [400, 'a document that does not parse', {}, postBody('{"query":"{"}')],
  [400, 'a document that is not valid', {}, postBody('{"query":"{ nothing }"}')],
  [400, 'variables that do not fit', {}, postBody('{"query":"query($n:Int!){a:__typename}","variables":{}}')],
  [400, 'an operation that is too complex', { limits: { complexity: 1 } }, (g, h) => askJobs(g.origin, h)],
  [400, 'an unknown operation name', {}, postBody('{"query":"{ __typename }","operationName":"A"}')],
  [400, 'a batch', {}, postBody('[{"query":"{ __typename }"}]')],
  [400, 'no query', {}, postBody('{}')],
  [400, 'a hash without a text', {}, postBody('{"extensions":{"persistedQuery":{"sha256Hash":"a"}}}')],
  [400, 'an unknown document', {}, postBody('{"documentId":"a"}')],
  [400, 'variables in the URL that are no JSON', {}, get('query={__typename}&variables={')],
  [
    400,
    'a handshake that is no WebSocket handshake',
    {},
    get('', { ...upgrade, 'sec-websocket-version': '7', 'sec-websocket-key': 'x' }),
  ],
  [401, 'no credential', WITH_KEYS, (g, h) => askJobs(g.origin, h)],
  [401, 'a wrong credential', WITH_KEYS, (g, h) => askJobs(g.origin, { ...h, 'x-api-key': 'wrong' })],
  [
    401,
    'a wrong credential in a handshake',
    WITH_KEYS,
    (g, h) =>
      connect(g.origin, {
        headers: { ...h, 'x-api-key': 'wrong' } as Record<string, string>,
      }) as Promise<Refused>,
  ],
  [403, 'a host name that is not served', {}, (g, h) => askJobs(g.origin, { ...h, host: 'evil.example' })],
  [403, 'a GET that another site caused', {}, get('query={__typename}', { 'sec-fetch-site': 'cross-site' })],
  [
    403,
    'a WebSocket of a page of another origin',
    {},
    (g, h) =>
      connect(g.origin, {
        origin: 'https://evil.example',
        headers: h as Record<string, string>,
      }) as Promise<Refused>,
  ],
  [
    403,
    'a text where only trusted documents are taken',
    { trustedDocuments: { mode: 'only', documents: new Map() } },
    (g, h) => askJobs(g.origin, h),
  ],
  [405, 'another method', {}, (g, h) => askJobs(g.origin, h, { method: 'PUT' })],
  [405, 'a mutation by GET', {}, get('query=mutation{a}')],
  [
    405,
    'a subscription by GET',
    {},
    get('query=subscription{customizedVoiceJobStatusChanged(jobId:"a"){id}}'),
  ],
  [
    406,
    'a subscription that is not taken as events',
    {},
    postBody('{"query":"subscription { customizedVoiceJobStatusChanged(jobId: \\"a\\") { id } }"}'),
  ],
  [
    413,
    'a body that is too long',
    { limits: { bodyBytes: 100 } },
    postBody(`{"query":"# ${'x'.repeat(200)}"}`),
  ],
  [415, 'a body of another type', {}, postBody('a', { 'content-type': 'text/plain' })],
  [415, 'a body that is compressed', {}, postBody('a', { 'content-encoding': 'gzip' })],
  [
    429,
    'too many requests',
    { limits: { requestsPerMinute: 1 } },
    async (g, h) => {
      await askJobs(g.origin, h);
      return askJobs(g.origin, h);
    },
  ],
  [
    429,
    'too many guesses',
    { ...WITH_KEYS, limits: { requestsPerMinute: 1 } },
    async (g, h) => {
      await askJobs(g.origin, h);
      return askJobs(g.origin, h);
    },
  ],
  [
    503,
    'a token that cannot be checked now',
    {
      auth: {
        apiKeys: [],
        jwt: {
          jwksUrl: 'http://127.0.0.1:1/keys',
          issuer: 'https://id.example',
          audiences: ['voice-jobs'],
          clientIds: [],
        },
      },
    },
    (g, h) => askJobs(g.origin, { ...h, authorization: `Bearer ${uncheckedToken()}` }),
  ],
];

function uncheckedToken(): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = {
    iss: 'https://id.example',
    aud: 'voice-jobs',
    sub: 'somebody',
    exp: Math.floor(Date.now() / 1000) + 3600,
  };
  return `${encode({ alg: 'RS256', kid: 'one' })}.${encode(claims)}.${randomBytes(64).toString('base64url')}`;
}

const errorsOf = ({ text }: Called | Refused) => JSON.parse(text).errors;

describe('a rejection has the media type of GraphQL if the client accepts it, else application/json', () => {
  test.each(REJECTIONS)('HTTP %i: %s', async (status, _, options, send) => {
    for (const [accept, type] of [
      [SPEC, SPEC],
      [`${SPEC}, application/json;q=0.9`, SPEC],
      [`application/json;q=0.5, ${SPEC}`, SPEC],
      ['application/json', 'application/json'],
      [`application/json, ${SPEC};q=0`, 'application/json'],
      ['application/*', 'application/json'],
    ] as const) {
      await using gateway = await startGateway({ gateway: options });
      const received = await send(gateway, { accept });
      expect(received.headers['content-type']).toBe(`${type}; charset=utf-8`);
      expect(errorsOf(received)).toEqual(
        [
          { message: expect.any(String), extensions: expect.objectContaining({ code: expect.any(String) }) },
        ].map((error) => expect.objectContaining(error)),
      );
      // A well-formed request that is invalid gets status 200 in application/json.
      if (type === SPEC || status !== 400) expect(received.status).toBe(status);
    }
  });

  test('HTTP 400: a request with two Host headers', async () => {
    await using gateway = await startGateway();
    const received = await call(`${gateway.origin}/graphql`, { headers: { host: ['a', 'b'], accept: SPEC } });
    expect([received.status, received.headers['content-type']]).toEqual([400, `${SPEC}; charset=utf-8`]);
  });

  test('HTTP 429: too many subscriptions of one client over server-sent events', async () => {
    await using gateway = await startGateway();
    const { JobId } = gateway.emulator.insert('Basic', { Status: 'Training' });
    // The limit is 2000; uses as few connections as possible.
    for (let at = 0; at < 20; at++) {
      const { say, received } = await open(gateway.origin);
      say({ type: 'connection_init' });
      await expect.poll(() => received.length).toBe(1);
      for (let id = 0; id < 100; id++) say(subscribeTo(JobId, `${id}`));
      await expect.poll(() => received.filter(({ type }) => type === 'next').length).toBe(100);
    }
    const received = await askJobs(
      gateway.origin,
      { accept: `text/event-stream, ${SPEC}` },
      { body: JSON.stringify(subscribeTo(JobId).payload) },
    );
    expect([received.status, received.headers['content-type']]).toEqual([429, `${SPEC}; charset=utf-8`]);
  });
});

test('HTTP 406: a client that accepts neither media type gets application/json', async () => {
  await using gateway = await startGateway();
  const received = await askJobs(gateway.origin, { accept: 'image/png' });
  expect([received.status, received.headers['content-type']]).toEqual([
    406,
    'application/json; charset=utf-8',
  ]);
});

describe('Apollo Client reports a rejection as CombinedGraphQLErrors with its code', () => {
  test.each([
    ['401', 'UNAUTHENTICATED', WITH_KEYS, 1],
    ['403', 'FORBIDDEN', { trustedDocuments: { mode: 'only', documents: new Map() } }, 1],
    ['413', 'BAD_REQUEST', { limits: { bodyBytes: 20 } }, 1],
    ['429', 'RATE_LIMITED', { limits: { requestsPerMinute: 1 } }, 2],
  ] as const)('for HTTP %s with code %s', async (_, code, options, times) => {
    await using gateway = await startGateway({ gateway: options });
    const client = new ApolloClient({
      cache: new InMemoryCache(),
      link: new HttpLink({ uri: `${gateway.origin}/graphql` }),
      devtools: { enabled: false },
    });
    const query = gql(JOBS);
    let error: unknown;
    for (let asked = 0; asked < times; asked++)
      error = await client.query({ query, fetchPolicy: 'no-cache' }).catch((reason: unknown) => reason);
    expect(CombinedGraphQLErrors.is(error)).toBe(true);
    expect(error).toMatchObject({ errors: [{ extensions: { code } }] });
  });
});
