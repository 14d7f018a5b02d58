import { randomBytes } from 'node:crypto';
import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client';
import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { failureOf } from '../../console/src/client/failure.ts';
import { planFor } from '../../console/src/notices/retry-plan.ts';
import { startEmulator } from '../../emulator/emulator.ts';
import { hashApiKey } from '../../src/auth/api-key.ts';
import { startGateway } from '../gateway-under-test.ts';
import { runGateway } from '../process/gateway-process.ts';

const LIST = '{ customizedVoiceJobs(first: 1) { totalCount } }';

/**
 * What Apollo Client throws for a request. For plain JSON its link makes a `ServerError` of each status of 400 or
 * above, as the console's own link does for every media type.
 */
async function errorOf(
  origin: string,
  { query = LIST, headers = {} }: { query?: string; headers?: Record<string, string> } = {},
): Promise<unknown> {
  const client = new ApolloClient({
    cache: new InMemoryCache(),
    link: new HttpLink({ uri: `${origin}/graphql`, headers: { accept: 'application/json', ...headers } }),
    devtools: { enabled: false },
  });
  return client.query({ query: parse(query), fetchPolicy: 'network-only' }).then(
    () => undefined,
    (error: unknown) => error,
  );
}

test('classifies a throttled upstream as throttled, with the retry time and both request ids', async () => {
  await using gateway = await startGateway();
  gateway.emulator.fault({
    kind: 'error',
    code: 'Throttling.User',
    status: 400,
    headers: { 'x-acs-retry-after': '7000' },
  });
  const failure = failureOf(await errorOf(gateway.origin), 1000);
  expect(failure).toMatchObject({ kind: 'throttled', by: 'upstream', code: 'UPSTREAM_THROTTLED' });
  expect(failure.kind === 'throttled' && failure.retryAtMs).toBe(8000);
  expect(failure.upstreamRequestId).toMatch(/^[0-9A-F-]{36}$/);
});

test('classifies an unreachable or slow upstream as unavailable', async () => {
  await using gateway = await startGateway({ gateway: { deadlineMs: 300 } });
  const lift = gateway.emulator.fault({ kind: 'error', code: 'ServiceUnavailable', status: 503 });
  expect(failureOf(await errorOf(gateway.origin))).toMatchObject({ kind: 'unavailable' });
  lift();
  gateway.emulator.fault({ kind: 'hang' });
  expect(failureOf(await errorOf(gateway.origin))).toMatchObject({
    kind: 'unavailable',
    code: 'UPSTREAM_TIMEOUT',
  });
});

test("classifies a rejection of the gateway's credentials as denied", async () => {
  await using gateway = await startGateway();
  gateway.emulator.fault({ kind: 'error', code: 'Forbidden.RAM', status: 403 });
  expect(failureOf(await errorOf(gateway.origin))).toMatchObject({ kind: 'denied' });
});

test('classifies a missing key as signed out, with the accepted credential types', async () => {
  const key = randomBytes(24).toString('base64url');
  const apiKeys = [hashApiKey('web', key)];
  await using gateway = await startGateway({ gateway: { auth: { apiKeys, jwt: undefined } } });
  expect(await errorOf(gateway.origin, { headers: { 'x-api-key': key } })).toBeUndefined();
  const error = await errorOf(gateway.origin);
  expect(failureOf(error)).toMatchObject({ kind: 'signedOut', accepts: { keys: true, tokens: false } });
  expect(failureOf(error).requestId).toMatch(/\S{8}/);
  const wrong = await errorOf(gateway.origin, { headers: { 'x-api-key': 'another-one' } });
  expect(failureOf(wrong)).toMatchObject({ kind: 'signedOut', code: 'UNAUTHENTICATED' });
});

test('classifies a replica that is shutting down as unreachable, so that the console retries', async () => {
  const emulator = await startEmulator({ stepMs: 0 });
  await using _closed = { [Symbol.asyncDispose]: () => emulator.close() };
  await using gateway = runGateway({
    IMS_ENDPOINT: emulator.endpoint,
    ALIBABA_CLOUD_ACCESS_KEY_ID: emulator.accessKeyId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: emulator.accessKeySecret,
  });
  const origin = await gateway.origin;
  emulator.setLatencyMs(2000);
  // The gateway completes this request and rejects new ones.
  const running = errorOf(origin);
  await expect.poll(() => emulator.inFlight).toBe(1);
  gateway.child.kill('SIGTERM');
  await expect.poll(async () => (await fetch(`${origin}/ready`)).status).toBe(503);
  const failure = failureOf(await errorOf(origin));
  expect(failure).toMatchObject({ kind: 'unreachable', code: 'SERVICE_UNAVAILABLE' });
  expect(planFor(failure, 1, 1000).dueMs).toBeGreaterThan(1000);
  expect(await running).toBeUndefined();
});

test('classifies a token that cannot be verified as an unavailable identity provider, not upstream', async () => {
  const jwt = {
    jwksUrl: 'http://127.0.0.1:1/keys',
    issuer: 'https://id.example',
    audiences: ['voice-jobs'],
    clientIds: [],
  };
  await using gateway = await startGateway({ gateway: { auth: { apiKeys: [], jwt } } });
  const claims = { iss: jwt.issuer, aud: jwt.audiences[0], exp: Math.floor(Date.now() / 1000) + 3600 };
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
  const head = Buffer.from(JSON.stringify({ alg: 'RS256', kid: 'one' })).toString('base64url');
  const headers = { authorization: `Bearer ${head}.${payload}.c2lnbmF0dXJl` };
  expect(failureOf(await errorOf(gateway.origin, { headers }))).toMatchObject({
    kind: 'unavailable',
    who: 'identity',
  });
  expect(failureOf(await errorOf(gateway.origin))).toMatchObject({
    kind: 'signedOut',
    accepts: { keys: false, tokens: true },
  });
});

test('classifies an exceeded rate limit of the gateway as throttled, with the retry time', async () => {
  await using gateway = await startGateway({ gateway: { limits: { requestsPerMinute: 1 } } });
  await errorOf(gateway.origin);
  const failure = failureOf(await errorOf(gateway.origin), 0);
  expect(failure).toMatchObject({ kind: 'throttled', by: 'gateway', code: 'RATE_LIMITED' });
  expect(failure.kind === 'throttled' && failure.retryAtMs).toBeGreaterThan(50_000);
  expect(failure.requestId).toMatch(/\S{8}/);
});

test('classifies bad input as rejected, with the argument', async () => {
  await using gateway = await startGateway();
  expect(failureOf(await errorOf(gateway.origin, { query: '{ nothing }' }))).toMatchObject({
    kind: 'rejected',
  });
  const query = '{ node(id: "no id at all") { id } }';
  expect(failureOf(await errorOf(gateway.origin, { query }))).toMatchObject({
    kind: 'rejected',
    argument: 'id',
  });
});

test('classifies an unregistered document as rejected', async () => {
  const trustedDocuments = { mode: 'only' as const, documents: new Map([['sha256:1', LIST]]) };
  await using gateway = await startGateway({ gateway: { trustedDocuments } });
  expect(failureOf(await errorOf(gateway.origin))).toMatchObject({ kind: 'rejected', code: 'FORBIDDEN' });
});

test('classifies a gateway that does not listen as unreachable', async () => {
  expect(failureOf(await errorOf('http://127.0.0.1:1'))).toEqual({ kind: 'unreachable' });
});

test('returns the same failure for the same error, so that a countdown continues', async () => {
  await using gateway = await startGateway();
  gateway.emulator.fault({ kind: 'error', code: 'Throttling.User', status: 400 });
  const error = await errorOf(gateway.origin);
  expect(failureOf(error, 5000)).toBe(failureOf(error, 0));
});

const answer = (code: string, extensions: object = {}) => [
  { message: '', extensions: { code, ...extensions } },
];

test.each([
  ['a job deleted during its subscription', answer('BAD_USER_INPUT', { argument: 'jobId' }), 'notFound'],
  ['a document of another version', answer('BAD_USER_INPUT', { argument: 'documentId' }), 'outdated'],
  ['a defect of the gateway', answer('INTERNAL_SERVER_ERROR'), 'unknown'],
  ['malformed errors', [{ message: 1, extensions: 'none' }], 'unknown'],
  ['an empty list of errors', [], 'unknown'],
  ['a WebSocket with a rejected credential', { code: 4401, reason: 'Unauthorized' }, 'signedOut'],
  ['a WebSocket with an expired credential', { code: 4403, reason: 'Forbidden' }, 'signedOut'],
  ['a WebSocket of a gateway that shuts down', { code: 1012, reason: '' }, 'unreachable'],
  ['a WebSocket closed as too slow', { code: 1013, reason: '' }, 'throttled'],
  ['a WebSocket closed for a protocol error', { code: 4400, reason: '' }, 'rejected'],
  ['a defect of the page', new ReferenceError('x is not defined'), 'unknown'],
  ['nothing', undefined, 'unknown'],
  ['a text', 'oops', 'unknown'],
])('classifies %s', (_what, error, kind) => {
  expect(failureOf(error)).toMatchObject({ kind });
});

test('retry delays grow while a server is unavailable, up to one minute', () => {
  const pauses = [1, 2, 3, 4, 5, 6, 7, 50].map(
    (attempts) => planFor({ kind: 'unavailable' }, attempts, 0).dueMs,
  );
  expect(pauses).toEqual([2000, 4000, 8000, 15_000, 30_000, 60_000, 60_000, 60_000]);
});

test('a requested retry time is used as it is, and extended only after it did not help', () => {
  const failure = { kind: 'throttled', by: 'upstream', retryAtMs: 1000 } as const;
  expect(planFor(failure, 1, 0).dueMs).toBe(1000);
  expect(planFor(failure, 3, 0).dueMs).toBe(8000);
  expect(planFor({ ...failure, retryAtMs: 40_000 }, 3, 0).dueMs).toBe(40_000);
});

test.each(['rejected', 'denied', 'notFound', 'unknown', 'outdated'] as const)(
  'a failure of kind %s is not retried automatically',
  (kind) => {
    expect(planFor({ kind }, 1, 0).dueMs).toBeUndefined();
  },
);
