import { describe, expect, test } from 'vitest';
import type { UpstreamErrorCode } from '../../src/errors.ts';
import { failureOf, outcomeOf } from './response-outcome.ts';

/** [status, body, expected outcome] */
const WITHOUT_CODE: [number, unknown, UpstreamErrorCode, string][] = [
  [200, '', 'UPSTREAM_BAD_RESPONSE', 'body holds "", expected a JSON object, HTTP 200'],
  [200, 'null', 'UPSTREAM_BAD_RESPONSE', 'body holds "null", expected a JSON object, HTTP 200'],
  [200, '"Success"', 'UPSTREAM_BAD_RESPONSE', 'body holds "\\"Success\\"", expected a JSON object, HTTP 200'],
  [
    200,
    '{"Success":true',
    'UPSTREAM_BAD_RESPONSE',
    'body holds "{\\"Success\\":t"…, expected a JSON object, HTTP 200',
  ],
  [
    200,
    '<html><body>words',
    'UPSTREAM_BAD_RESPONSE',
    'body holds "<html><body>"…, expected a JSON object, HTTP 200',
  ],
  [200, '[]', 'UPSTREAM_BAD_RESPONSE', 'Success holds nothing, expected true, HTTP 200'],
  [200, '{}', 'UPSTREAM_BAD_RESPONSE', 'Success holds nothing, expected true, HTTP 200'],
  [200, { Success: false }, 'UPSTREAM_BAD_RESPONSE', 'Success holds false, expected true, HTTP 200'],
  [200, { Success: 'true' }, 'UPSTREAM_BAD_RESPONSE', 'Success holds "true", expected true, HTTP 200'],
  [200, { Success: 1 }, 'UPSTREAM_BAD_RESPONSE', 'Success holds 1, expected true, HTTP 200'],
  [
    200,
    { Success: 'a'.repeat(50) },
    'UPSTREAM_BAD_RESPONSE',
    'Success holds "aaaaaaaaaaaa"…, expected true, HTTP 200',
  ],
  [302, '', 'UPSTREAM_BAD_RESPONSE', 'body holds "", expected a JSON object, HTTP 302'],
  [304, '', 'UPSTREAM_BAD_RESPONSE', 'body holds "", expected a JSON object, HTTP 304'],
  [
    302,
    { Success: true },
    'UPSTREAM_BAD_RESPONSE',
    'Success is true, but the HTTP status is not 2xx, HTTP 302',
  ],
  [404, '<html>', 'UPSTREAM_BAD_RESPONSE', 'body holds "<html>", expected a JSON object, HTTP 404'],
  [403, '<html>', 'UPSTREAM_BAD_RESPONSE', 'body holds "<html>", expected a JSON object, HTTP 403'],
  [408, '', 'UPSTREAM_UNAVAILABLE', 'body holds "", expected a JSON object, HTTP 408'],
  [500, '', 'UPSTREAM_UNAVAILABLE', 'body holds "", expected a JSON object, HTTP 500'],
  [
    502,
    '<html><code>Throttling</code></html>',
    'UPSTREAM_UNAVAILABLE',
    'body holds "<html><code>"…, expected a JSON object, HTTP 502',
  ],
  [
    503,
    { Success: true },
    'UPSTREAM_UNAVAILABLE',
    'Success is true, but the HTTP status is not 2xx, HTTP 503',
  ],
  [400, { Code: 7 }, 'UPSTREAM_BAD_RESPONSE', 'Code holds 7, expected an error code, HTTP 400'],
  [400, { Code: '' }, 'UPSTREAM_BAD_RESPONSE', 'Code holds "", expected an error code, HTTP 400'],
  [
    403,
    { code: ['Throttling'] },
    'UPSTREAM_BAD_RESPONSE',
    'Code holds a list of 1, expected an error code, HTTP 403',
  ],
  [400, { Code: null }, 'UPSTREAM_BAD_RESPONSE', 'Success holds nothing, expected true, HTTP 400'],
  [429, '<html>', 'UPSTREAM_THROTTLED', 'body holds "<html>", expected a JSON object, HTTP 429'],
];

test.each(WITHOUT_CODE)('HTTP %i with body %j, which has no code, is %s', (status, body, code, detail) => {
  expect(failureOf(status, body)).toMatchObject({ code, detail });
});

test('Success: true is a success, whatever else the body contains', () => {
  const body = { Success: true, Code: 'OK', Message: 'Throttling.User' };
  expect(outcomeOf(200, body)).toEqual(body);
});

/** [headers, requested wait] */
const WAITS: [Record<string, string>, number | undefined][] = [
  [{}, undefined],
  [{ 'x-acs-retry-after': '1500' }, 1500],
  [{ 'x-acs-retry-after': '0' }, undefined],
  [{ 'x-acs-retry-after': '-5' }, undefined],
  [{ 'x-acs-retry-after': '1.5' }, undefined],
  [{ 'x-acs-retry-after': '2s' }, undefined],
  [{ 'x-acs-retry-after': '' }, undefined],
  [{ 'retry-after': '7' }, undefined],
  [{ 'x-ratelimit-user': 'Limit:1,Remain:0,TimeLeft:2000,Reset:1234' }, 2000],
  [{ 'x-ratelimit-user-api': 'Limit:1,Remain:0,TimeLeft:40' }, 40],
  [{ 'x-ratelimit-user': 'TimeLeft:300', 'x-ratelimit-user-api': 'TimeLeft:200' }, 300],
  [{ 'x-ratelimit-user': 'TimeLeft:0', 'x-ratelimit-user-api': 'TimeLeft:200' }, 200],
  [{ 'x-ratelimit-user': 'SomeTimeLeft:9' }, undefined],
  [{ 'x-acs-retry-after': '10', 'x-ratelimit-user': 'TimeLeft:2000' }, 10],
];

test.each(WAITS)('throttling with headers %j requests a wait of %s ms', (headers, retryAfterMs) => {
  const failure = failureOf(400, { Code: 'Throttling.User' }, headers);
  expect(failure).toMatchObject({ code: 'UPSTREAM_THROTTLED', retry: 'throttled', retryAfterMs });
});

describe('regression', () => {
  test.each([
    [400, ''],
    [403, '<html>'],
    [200, { Success: false }],
    [400, { Code: 'NeverHeardOf' }],
    [503, { Code: 'ServiceUnavailable' }],
  ])('HTTP %i %j with a Retry-After header was not throttling, because it had no code', (status, body) => {
    const failure = failureOf(status, body, { 'x-acs-retry-after': '20' });
    expect(failure).toMatchObject({ code: 'UPSTREAM_THROTTLED', retry: 'throttled', retryAfterMs: 20 });
  });

  test('a wait with too many digits became null in the response', () => {
    const headers = {
      'x-acs-retry-after': '9'.repeat(400),
      'x-ratelimit-user': `TimeLeft:${'9'.repeat(400)}`,
    };
    expect(failureOf(400, { Code: 'Throttling' }, headers).extensions).toEqual({
      code: 'UPSTREAM_THROTTLED',
      retryAfterMs: 1000,
    });
  });

  test.each([
    'see https://ice-inner.aliyuncs.com/?AccessKeyId=LTAI5t',
    'a\nb',
    'x'.repeat(101),
    { nested: true },
  ])('a text in place of the request id was sent to callers: %j', (RequestId) => {
    const { extensions } = failureOf(403, { Code: 'Forbidden', RequestId });
    expect(extensions).toEqual({ code: 'UPSTREAM_DENIED' });
    const headers = { 'x-acs-request-id': typeof RequestId === 'string' ? RequestId : 'two words' };
    expect(failureOf(500, '', headers).extensions).toEqual({ code: 'UPSTREAM_UNAVAILABLE' });
  });

  test.each(['Forbidden by ice-inner.aliyuncs.com', `X${'x'.repeat(1_000_000)}`])(
    'whatever stood in the place of the code went to the log',
    (Code) => {
      const detail = `Code holds "${Code.slice(0, 12)}"…, expected an error code, HTTP 403`;
      expect(failureOf(403, { Code }).detail).toBe(detail);
      expect(failureOf(403, `<Code>${Code}</Code>`).detail).toBe(detail);
    },
  );
});
