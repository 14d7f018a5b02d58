import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Fault } from '../../emulator/faults.ts';
import { type GatewayUnderTest, startGateway } from '../gateway-under-test.ts';

let gateway: GatewayUnderTest;
beforeEach(async () => {
  gateway = await startGateway({ gateway: { deadlineMs: 400 } });
});
afterEach(() => gateway[Symbol.asyncDispose]());

const ASK = '{ customizedVoiceJobs(first: 3) { nodes { jobId } } }';
const error = (code: string, status: number): Fault => ({ kind: 'error', code, status });

/** [what happens upstream, the code the caller gets, the tries it took] */
const CASES: [string, Fault, string, number][] = [
  ['throttling', error('Throttling.User', 400), 'UPSTREAM_THROTTLED', 1],
  ['throttling with a status of its own', error('Throttling', 429), 'UPSTREAM_THROTTLED', 1],
  ['an unknown key', error('InvalidAccessKeyId.NotFound', 404), 'UPSTREAM_DENIED', 1],
  ['an inactive key', error('InvalidAccessKeyId.Inactive', 400), 'UPSTREAM_DENIED', 1],
  ['a signature that does not match', error('SignatureDoesNotMatch', 400), 'UPSTREAM_DENIED', 1],
  ['an expired token', error('InvalidSecurityToken.Expired', 400), 'UPSTREAM_DENIED', 1],
  ['a clock that is off', error('InvalidTimeStamp.Expired', 400), 'UPSTREAM_DENIED', 1],
  ['a missing permission', error('Forbidden.RAM', 403), 'UPSTREAM_DENIED', 1],
  ['another missing permission', error('NoPermission', 403), 'UPSTREAM_DENIED', 1],
  ['an endpoint without this API', error('InvalidApi.NotFound', 404), 'UPSTREAM_DENIED', 1],
  ['a nonce said to be used, again and again', error('SignatureNonceUsed', 400), 'UPSTREAM_DENIED', 2],
  ['an internal error', error('InternalError', 500), 'UPSTREAM_UNAVAILABLE', 2],
  ['an unavailable service', error('ServiceUnavailable', 503), 'UPSTREAM_UNAVAILABLE', 2],
  ['an unknown code with 500', error('Whatever', 500), 'UPSTREAM_UNAVAILABLE', 2],
  ['an unknown code with 400', error('Whatever', 400), 'UPSTREAM_BAD_RESPONSE', 1],
  ['a parameter refused', error('InvalidParameter.PageSize', 400), 'UPSTREAM_BAD_RESPONSE', 1],
  ['throttling in XML', { kind: 'xml', code: 'Throttling.Api', status: 400 }, 'UPSTREAM_THROTTLED', 1],
  ['a denial in XML', { kind: 'xml', code: 'Forbidden.RAM', status: 403 }, 'UPSTREAM_DENIED', 1],
  ['the page of a proxy', { kind: 'html' }, 'UPSTREAM_UNAVAILABLE', 2],
  ['an empty 200', { kind: 'empty', status: 200 }, 'UPSTREAM_BAD_RESPONSE', 1],
  ['an empty 503', { kind: 'empty', status: 503 }, 'UPSTREAM_UNAVAILABLE', 2],
  ['null', { kind: 'nullBody' }, 'UPSTREAM_BAD_RESPONSE', 1],
  ['Success: false', { kind: 'notSuccess' }, 'UPSTREAM_BAD_RESPONSE', 1],
  ['half a JSON', { kind: 'cutJson' }, 'UPSTREAM_BAD_RESPONSE', 1],
  [
    'a list that is none',
    body('{"Success":true,"Data":{"TotalCount":1,"CustomizedVoiceJobList":{}}}'),
    'UPSTREAM_BAD_RESPONSE',
    1,
  ],
  [
    'a total that is none',
    body('{"Success":true,"Data":{"TotalCount":"x","CustomizedVoiceJobList":[]}}'),
    'UPSTREAM_BAD_RESPONSE',
    1,
  ],
  [
    'more rows than asked for',
    body('{"Success":true,"Data":{"TotalCount":9,"CustomizedVoiceJobList":[{},{},{},{}]}}'),
    'UPSTREAM_BAD_RESPONSE',
    1,
  ],
  [
    'a redirect',
    { kind: 'body', status: 302, contentType: 'text/html', text: '' },
    'UPSTREAM_BAD_RESPONSE',
    1,
  ],
  ['a reset', { kind: 'reset' }, 'UPSTREAM_UNAVAILABLE', 2],
  ['a reset in the middle of the body', { kind: 'resetMidBody' }, 'UPSTREAM_UNAVAILABLE', 2],
  ['no answer', { kind: 'hang' }, 'UPSTREAM_TIMEOUT', 1],
  ['a byte now and then', { kind: 'dribble', everyMs: 50 }, 'UPSTREAM_TIMEOUT', 1],
];

function body(text: string): Fault {
  return { kind: 'body', status: 200, contentType: 'application/json', text };
}

test.each(CASES)('%s', async (_name, fault, code, tries) => {
  gateway.emulator.fault(fault);
  const { data, errors } = await gateway.ask(ASK);
  expect(data).toBeNull();
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual([code]);
  expect(gateway.emulator.calls).toHaveLength(tries);
  expect(new Set(gateway.emulator.calls.map(({ nonce }) => nonce)).size).toBe(tries);

  gateway.emulator.clearFaults();
  expect((await gateway.ask(ASK)).errors).toBeUndefined();
});

test.each([
  ['a reset', { kind: 'reset' }],
  ['a 500', error('InternalError', 500)],
  ['a nonce said to be used', error('SignatureNonceUsed', 400)],
] satisfies [string, Fault][])(
  '%s that is gone at the second try is not seen by the caller',
  async (_name, fault) => {
    gateway.emulator.fault(fault, { times: 1 });
    const { data, errors } = await gateway.ask(ASK);
    expect(errors).toBeUndefined();
    expect(data.customizedVoiceJobs.nodes).toHaveLength(3);
    expect(gateway.emulator.calls.map(({ outcome }) => outcome === 'OK')).toEqual([false, true]);
  },
);

test('an answer without end is broken off at 16 MiB', async () => {
  await gateway[Symbol.asyncDispose]();
  gateway = await startGateway({ gateway: { deadlineMs: 10_000 } });
  gateway.emulator.fault({ kind: 'endless' });
  const { errors } = await gateway.ask(ASK);
  expect(errors?.[0]?.extensions.code).toBe('UPSTREAM_BAD_RESPONSE');
  expect(gateway.logged.find(({ outcome }) => outcome === 'UPSTREAM_BAD_RESPONSE')?.detail).toBe(
    'UND_ERR_RES_EXCEEDED_MAX_SIZE',
  );
});

test('an upstream that refuses connections', async () => {
  await using elsewhere = await startGateway({ origin: 'http://127.0.0.1:1' });
  const { errors } = await elsewhere.ask(ASK);
  expect(errors?.map(({ message, extensions }) => ({ message, ...extensions }))).toEqual([
    {
      message: 'The upstream cannot be reached or is failing. Try again later.',
      code: 'UPSTREAM_UNAVAILABLE',
    },
  ]);
});

test('what the upstream says about itself reaches the log by its id, and no caller', async () => {
  gateway.emulator.fault({
    kind: 'error',
    code: 'Forbidden.RAM',
    status: 403,
    message: 'acs:ram::123:user/bob',
  });
  const response = await fetch(`${gateway.origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: ASK }),
  });
  const text = await response.text();
  const [call] = gateway.emulator.calls;
  expect(JSON.parse(text).errors[0].extensions).toEqual({
    code: 'UPSTREAM_DENIED',
    upstreamRequestId: call?.requestId,
  });
  const { host } = new URL(gateway.emulator.endpoint);
  for (const secret of [
    'bob',
    'Recommend',
    'HostId',
    host,
    gateway.emulator.accessKeyId,
    gateway.emulator.accessKeySecret,
  ]) {
    expect(text).not.toContain(secret);
    expect(JSON.stringify(gateway.logged)).not.toContain(secret);
  }
  expect(gateway.logged).toContainEqual(
    expect.objectContaining({
      outcome: 'UPSTREAM_DENIED',
      detail: 'Forbidden.RAM, HTTP 403',
      upstreamRequestId: call?.requestId,
    }),
  );
});

describe('throttling', () => {
  test('tells how long to wait where the upstream does', async () => {
    gateway.emulator.fault({
      kind: 'error',
      code: 'Throttling.User',
      status: 400,
      headers: { 'x-acs-retry-after': '1500' },
    });
    const { errors } = await gateway.ask(ASK);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'UPSTREAM_THROTTLED', retryAfterMs: 1500 });
  });

  test('is meant by that header whatever the code says', async () => {
    gateway.emulator.fault({
      kind: 'error',
      code: 'ServiceBusy',
      status: 503,
      headers: { 'x-acs-retry-after': '20' },
    });
    const { errors } = await gateway.ask(ASK);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'UPSTREAM_THROTTLED', retryAfterMs: 20 });
  });
});

test('a missing total is taken from a page that ends the list', async () => {
  gateway.emulator.fault(
    body('{"Success":true,"Data":{"CustomizedVoiceJobList":[{"JobId":"a"},{"JobId":"b"}]}}'),
  );
  const { data } = await gateway.ask(
    '{ customizedVoiceJobs { totalCount nodes { jobId } pageInfo { hasNextPage } } }',
  );
  expect(data.customizedVoiceJobs).toEqual({
    totalCount: 2,
    nodes: [{ jobId: 'a' }, { jobId: 'b' }],
    pageInfo: { hasNextPage: false },
  });
});

test('an answer without data is an empty list', async () => {
  gateway.emulator.fault(body('{"Success":true}'));
  const { data } = await gateway.ask('{ customizedVoiceJobs { totalCount nodes { jobId } } }');
  expect(data.customizedVoiceJobs).toEqual({ totalCount: 0, nodes: [] });
});

test('one deadline spans both tries', async () => {
  gateway.emulator.fault({ kind: 'reset' }, { times: 1 });
  gateway.emulator.fault({ kind: 'hang' });
  const { errors } = await gateway.ask(ASK);
  expect(errors?.[0]?.extensions.code).toBe('UPSTREAM_TIMEOUT');
  const [event] = gateway.logged.filter(({ outcome }) => outcome === 'UPSTREAM_TIMEOUT');
  expect(event?.tries).toBe(gateway.emulator.calls.length);
});

test('a caller who leaves frees the upstream call', async () => {
  await gateway[Symbol.asyncDispose]();
  gateway = await startGateway({ gateway: { deadlineMs: 60_000 } });
  gateway.emulator.fault({ kind: 'hang' });
  const leaving = new AbortController();
  const asked = gateway.ask(ASK, {}, { signal: leaving.signal });
  await expect.poll(() => gateway.emulator.inFlight).toBe(1);
  leaving.abort();
  await expect(asked).rejects.toThrow();
  await expect.poll(() => gateway.emulator.inFlight).toBe(0);
  expect(gateway.emulator.calls.map(({ aborted }) => aborted)).toEqual([true]);
});

test('a failing page fails its own field only', async () => {
  gateway.emulator.fault(error('Throttling.User', 400), { when: ({ params }) => params.Type === 'Standard' });
  const { data, errors } = await gateway.ask(`{
    node(id: "${btoa('Voice:none')}") { id }
    customizedVoiceJob(jobId: "${gateway.emulator.list('Basic')[0]?.JobId}") { status }
  }`);
  expect(errors).toBeUndefined();
  expect(data.customizedVoiceJob.status).toBe('INITIALIZATION');
});
