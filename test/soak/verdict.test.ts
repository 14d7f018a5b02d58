import { expect, test } from 'vitest';
import {
  ANSWERED,
  type Circumstances,
  type Judged,
  refusedWith,
  verdict,
} from '../../tools/soak/judge/verdict.ts';

const CALM: Circumstances = { isExcused: false, secrets: ['10.0.0.1:4100', 'LTAI-key'] };
const STORM: Circumstances = { ...CALM, isExcused: true };

const answer = (status: number, body: unknown): Judged => ({ status, text: JSON.stringify(body) });
const error = (code: string, status = 200) =>
  answer(status, { errors: [{ extensions: { code } }], data: null });
const whole = answer(200, { data: { a: 1 } });

test('a complete response is expected, and so is an error during a failure of the upstream', () => {
  expect(verdict(whole, ANSWERED, CALM)).toBeUndefined();
  expect(verdict(error('UPSTREAM_TIMEOUT'), ANSWERED, STORM)).toBeUndefined();
  expect(verdict(error('UPSTREAM_THROTTLED'), ANSWERED, CALM)).toBeUndefined();
});

test('an upstream error while the upstream works is unexpected', () => {
  expect(verdict(error('UPSTREAM_TIMEOUT'), ANSWERED, CALM)).toBe(
    'UPSTREAM_TIMEOUT while the upstream worked',
  );
});

test.each(['INTERNAL_SERVER_ERROR', 'BAD_USER_INPUT', 'UPSTREAM_SOMETHING'])(
  '%s for a valid query is unexpected, whatever the upstream does',
  (code) => {
    expect(verdict(error(code), ANSWERED, STORM)).toBe(code);
  },
);

test('an error without a code, a body that is not JSON and an unusual status are unexpected', () => {
  expect(verdict(answer(200, { errors: [{ message: 'x' }] }), ANSWERED, STORM)).toBe('no code');
  expect(verdict({ status: 200, text: '{"data":' }, ANSWERED, STORM)).toBe(
    'HTTP 200 with a body that is no JSON',
  );
  expect(verdict({ status: 502, text: '' }, ANSWERED, STORM)).toBe('HTTP 502');
});

test('a missing response is unexpected unless it is allowed', () => {
  const none: Judged = { status: 0, text: 'socket hang up' };
  expect(verdict(none, ANSWERED, STORM)).toBe('no answer: socket hang up');
  expect(verdict(none, { ...ANSWERED, statuses: [200, 0] }, STORM)).toBeUndefined();
});

test('a required rejection is checked, with its status and code', () => {
  const shutOut = refusedWith(401, 'UNAUTHENTICATED');
  expect(verdict(error('UNAUTHENTICATED', 401), shutOut, CALM)).toBeUndefined();
  expect(verdict(whole, { ...shutOut, statuses: [200] }, CALM)).toBe('taken, and should have been refused');
  expect(verdict(whole, shutOut, CALM)).toBe('HTTP 200');
  expect(verdict(error('UNAUTHENTICATED', 500), shutOut, CALM)).toBe('HTTP 500');
  expect(verdict(error('UPSTREAM_TIMEOUT', 401), shutOut, STORM)).toBe('UPSTREAM_TIMEOUT');
  expect(verdict({ status: 415, text: '' }, refusedWith([400, 415], 'BAD_REQUEST'), CALM)).toBeUndefined();
});

test('a secret in a response is unexpected, even if the response is correct otherwise', () => {
  const telling = answer(200, { data: { message: 'no route to 10.0.0.1:4100' } });
  expect(verdict(telling, ANSWERED, STORM)).toBe('tells secret 0 of the upstream');
});
