import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CombinedGraphQLErrors, CombinedProtocolErrors, ServerError } from '@apollo/client';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { JobStatusDocument } from '../../examples/operations/generated/graphql.ts';
import { hashApiKey } from '../../src/auth/api-key.ts';
import { HttpStream, MULTIPART } from '../../src/server/subscriptions/http-stream.ts';
import { MAX_SUBSCRIPTIONS, OpenStreams } from '../../src/server/subscriptions/open-streams.ts';
import { startIdentityProvider } from '../auth/identity-provider.ts';
import { type GatewayUnderTestOptions, startGateway } from '../gateway-under-test.ts';
import { metricsOf } from '../telemetry/metrics-of.ts';
import { createApolloOverHttp } from './apollo-http.ts';
import { STATUS_QUERY } from './subscriber-under-test.ts';

// The multipart subscription protocol, which Apollo Client supports in its HttpLink.

const ACCEPT = 'multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json';

async function start(gateway: GatewayUnderTestOptions = {}) {
  const started = await startGateway({ gateway });
  onTestFinished(() => started[Symbol.asyncDispose]());
  const { JobId: jobId } = started.emulator.insert('Basic', { Status: 'Training' });
  const url = `${started.origin}/graphql`;
  return { ...started, gateway: started, url, jobId };
}

/** Subscribes with Apollo Client; `ended` resolves with the error that ended the subscription, or undefined. */
function follow(url: string, jobId: string, credentials: Record<string, string> = {}) {
  const client = createApolloOverHttp(url, credentials);
  onTestFinished(() => client.stop());
  const statuses: (string | null | undefined)[] = [];
  let leave = () => {};
  const ended = new Promise<unknown>((resolve) => {
    const changes = client.subscribe({ query: JobStatusDocument, variables: { jobId } });
    const subscription = changes.subscribe({
      next: ({ data, error }) => {
        if (error !== undefined) resolve(error);
        else statuses.push(data?.customizedVoiceJobStatusChanged.status);
      },
      error: resolve,
      complete: () => resolve(undefined),
    });
    leave = () => subscription.unsubscribe();
  });
  return { client, statuses, ended, leave };
}

const post = (url: string, jobId: string, accept: string) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept },
    body: JSON.stringify({ query: STATUS_QUERY, variables: { jobId } }),
  });

describe('Apollo Client over HttpLink', () => {
  test('receives each status, and completes when the job is finished', async () => {
    const { url, jobId, emulator } = await start();
    const { statuses, ended } = follow(url, jobId);
    await expect.poll(() => statuses).toEqual(['TRAINING']);
    emulator.change(jobId, { Status: 'Success' });
    expect(await ended).toBeUndefined();
    expect(statuses).toEqual(['TRAINING', 'SUCCESS']);
  });

  test('receives the error for an unknown job', async () => {
    const { url } = await start();
    const error = await follow(url, 'none').ended;
    expect(error).toBeInstanceOf(CombinedGraphQLErrors);
    expect(error).toMatchObject({
      errors: [{ extensions: { code: 'BAD_USER_INPUT', argument: 'jobId' } }],
    });
  });

  test('receives the code for a wrong key, without an upstream call', async () => {
    const apiKeys = [hashApiKey('web', randomBytes(18).toString('base64url'))];
    const { url, jobId, emulator } = await start({ auth: { apiKeys, jwt: undefined } });
    const error = await follow(url, jobId, { 'x-api-key': randomBytes(18).toString('base64url') }).ended;
    expect(ServerError.is(error) ? error.bodyText : String(error)).toMatch(/UNAUTHENTICATED|x-api-key/);
    expect(emulator.calls).toHaveLength(0);
  });

  test('receives SERVICE_UNAVAILABLE at shutdown, so that it can subscribe again', async () => {
    const { url, jobId, gateway } = await start();
    const { statuses, ended } = follow(url, jobId);
    await expect.poll(() => statuses).toEqual(['TRAINING']);
    await gateway[Symbol.asyncDispose]();
    const error = await ended;
    expect(error).toBeInstanceOf(CombinedProtocolErrors);
    expect(error).toMatchObject({ errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }] });
  });

  test('receives UNAUTHENTICATED when its token expires', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    await using provider = await startIdentityProvider();
    const { url, jobId } = await start({ auth: { apiKeys: [], jwt: provider.options } });
    const token = await provider.token({ exp: Math.floor(Date.now() / 1000) + 60 });
    const { statuses, ended } = follow(url, jobId, { authorization: `Bearer ${token}` });
    await expect.poll(() => statuses).toEqual(['TRAINING']);
    vi.setSystemTime(Date.now() + 120_000);
    vi.advanceTimersByTime(12_000);
    expect(await ended).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  });

  test('releases its subscription when it unsubscribes', async () => {
    const { url, jobId, origin } = await start();
    const { statuses, leave } = follow(url, jobId);
    await expect.poll(() => statuses).toEqual(['TRAINING']);
    expect((await metricsOf(origin)).sum('voicejobs_graphql_subscriptions')).toBe(1);
    leave();
    await expect.poll(async () => (await metricsOf(origin)).sum('voicejobs_graphql_subscriptions')).toBe(0);
  });
});

test('a multipart response is correct byte for byte, with cache-control: no-store', async () => {
  const { url, jobId, emulator } = await start();
  emulator.change(jobId, { Status: 'Success' });
  const response = await post(url, jobId, ACCEPT);
  expect(response.headers.get('content-type')).toBe(
    'multipart/mixed;boundary="graphql";subscriptionSpec="1.0"',
  );
  expect(response.headers.get('cache-control')).toBe('no-store');
  const data = JSON.stringify({
    customizedVoiceJobStatusChanged: {
      jobId,
      status: 'SUCCESS',
      rawStatus: 'Success',
      rawType: 'Basic',
      message: emulator.list('Basic')[0]?.Message,
      gmtCreate: null,
    },
  });
  const text = await response.text();
  expect(text.replace(/"gmtCreate":"[^"]*"/, '"gmtCreate":null')).toBe(
    `\r\n--graphql\r\ncontent-type: application/json\r\n\r\n{"payload":{"data":${data}}}\r\n--graphql--\r\n`,
  );
});

test.each([
  ['a query', '{ __typename }', { data: { __typename: 'Query' } }],
  [
    'a subscription that is not valid',
    'subscription { nothing }',
    { errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] },
  ],
])(
  '%s gets a JSON response if the client accepts only the multipart protocol',
  async (_, query, expected) => {
    const { url } = await start();
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'multipart/mixed;subscriptionSpec="1.0"' },
      body: JSON.stringify({ query }),
    });
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await response.json()).toMatchObject(expected);
  },
);

test('a multipart heartbeat is an empty object every 12 s', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const { url, jobId } = await start();
  const response = await post(url, jobId, ACCEPT);
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  let text = '';
  const read = async () => {
    const { value } = await reader.read();
    text += new TextDecoder().decode(value);
  };
  while (!text.includes('TRAINING')) await read();
  text = '';
  vi.advanceTimersByTime(12_000);
  await read();
  expect(text).toBe('\r\ncontent-type: application/json\r\n\r\n{}\r\n--graphql');
  await reader.cancel();
});

test.each([
  ['multipart/mixed;subscriptionSpec="1.0", application/json', 'multipart/mixed'],
  ['multipart/mixed; subscriptionSpec=1.0', 'multipart/mixed'],
  ['MULTIPART/MIXED;SUBSCRIPTIONSPEC=1.0', 'multipart/mixed'],
  ['*/*;q=0.1, multipart/mixed;subscriptionSpec=1.0', 'multipart/mixed'],
  ['multipart/mixed;subscriptionSpec=1.0;q=0.5, text/event-stream', 'text/event-stream'],
  ['text/event-stream, multipart/mixed;subscriptionSpec=1.0', 'text/event-stream'],
  ['application/json, text/event-stream, multipart/mixed', 'text/event-stream'],
  ['multipart/mixed;subscriptionSpec=1.0;q=0, */*;q=0.1', 'text/event-stream'],
  ['multipart/mixed;subscriptionSpec=2.0, application/json', 'application/json'],
  ['multipart/mixed;deferSpec=20220824, application/json', 'application/json'],
])('accept: %s gets %s', async (accept, type) => {
  const { url, jobId, emulator } = await start();
  emulator.change(jobId, { Status: 'Success' });
  const response = await post(url, jobId, accept);
  expect(response.headers.get('content-type')?.split(';')[0]).toBe(type);
  expect(response.status).toBe(type === 'application/json' ? 406 : 200);
  await response.text();
});

test('subscriptions over all transports count against one limit per client', async () => {
  const { url, jobId } = await start();
  const open: Response[] = [];
  onTestFinished(async () => {
    for (const { body } of open) await body?.cancel();
  });
  for (let count = 0; count < MAX_SUBSCRIPTIONS; count += 50)
    open.push(
      ...(await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          post(url, jobId, index % 2 === 0 ? ACCEPT : 'text/event-stream'),
        ),
      )),
    );
  expect(new Set(open.map(({ status }) => status))).toEqual(new Set([200]));
  const rejected = await post(url, jobId, ACCEPT);
  expect(rejected.status).toBe(429);
  expect(await rejected.json()).toMatchObject({ errors: [{ extensions: { code: 'RATE_LIMITED' } }] });
});

test('a stream whose credential cannot be checked ends with INTERNAL_SERVER_ERROR instead of a shutdown message', async () => {
  const faults: unknown[] = [];
  const failed = (error: unknown) => void faults.push(error);
  const streams = new OpenStreams(failed, 20);
  const server = createServer((_request, response) => {
    const stream = new HttpStream(response, [], {
      format: MULTIPART,
      tooSlow: () => {},
      failed,
    });
    const remove = streams.add(stream, () => Promise.reject(new Error('no keys')));
    response.once('close', remove);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  expect(await response.text()).toMatch(
    /"errors":\[\{"message":"Internal error of the gateway\. Subscribe again\.","extensions":\{"code":"INTERNAL_SERVER_ERROR"\}\}\]\}\r\n--graphql--\r\n$/,
  );
  expect(faults).toEqual([new Error('no keys')]);
});
