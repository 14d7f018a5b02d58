import { expect, test } from 'vitest';
import {
  type Circumstances,
  type Judged,
  OK_OR_UPSTREAM_ERROR,
  rejectedWith,
  verdict,
} from '../../tools/soak/judge/verdict.ts';

const UPSTREAM_WORKS: Circumstances = { isExcused: false, secrets: ['10.0.0.1:4100', 'LTAI-key'] };
const UPSTREAM_FAILS: Circumstances = { ...UPSTREAM_WORKS, isExcused: true };

const response = (status: number, body: unknown): Judged => ({ status, text: JSON.stringify(body) });
const error = (code: string, status = 200) =>
  response(status, { errors: [{ extensions: { code } }], data: null });
const complete = response(200, { data: { a: 1 } });

test('a complete response is expected, and so is an error during a failure of the upstream', () => {
  expect(verdict(complete, OK_OR_UPSTREAM_ERROR, UPSTREAM_WORKS)).toBeUndefined();
  expect(verdict(error('UPSTREAM_TIMEOUT'), OK_OR_UPSTREAM_ERROR, UPSTREAM_FAILS)).toBeUndefined();
  expect(verdict(error('UPSTREAM_THROTTLED'), OK_OR_UPSTREAM_ERROR, UPSTREAM_WORKS)).toBeUndefined();
});

test('an upstream error while the upstream works is unexpected', () => {
  expect(verdict(error('UPSTREAM_TIMEOUT'), OK_OR_UPSTREAM_ERROR, UPSTREAM_WORKS)).toBe(
    'UPSTREAM_TIMEOUT while the upstream worked',
  );
});

test.each(['INTERNAL_SERVER_ERROR', 'BAD_USER_INPUT', 'UPSTREAM_SOMETHING'])(
  '%s for a valid query is unexpected, whatever the upstream does',
  (code) => {
    expect(verdict(error(code), OK_OR_UPSTREAM_ERROR, UPSTREAM_FAILS)).toBe(code);
  },
);

test('an error without a code, a body that is not JSON and an unusual status are unexpected', () => {
  expect(verdict(response(200, { errors: [{ message: 'x' }] }), OK_OR_UPSTREAM_ERROR, UPSTREAM_FAILS)).toBe(
    'no code',
  );
  expect(verdict({ status: 200, text: '{"data":' }, OK_OR_UPSTREAM_ERROR, UPSTREAM_FAILS)).toBe(
    'HTTP 200 with a body that is not JSON',
  );
  expect(verdict({ status: 502, text: '' }, OK_OR_UPSTREAM_ERROR, UPSTREAM_FAILS)).toBe('HTTP 502');
});

test('a missing response is unexpected unless it is allowed', () => {
  const none: Judged = { status: 0, text: 'socket hang up' };
  expect(verdict(none, OK_OR_UPSTREAM_ERROR, UPSTREAM_FAILS)).toBe('no response: socket hang up');
  expect(verdict(none, { ...OK_OR_UPSTREAM_ERROR, statuses: [200, 0] }, UPSTREAM_FAILS)).toBeUndefined();
});

test('a required rejection is checked, with its status and code', () => {
  const unauthenticated = rejectedWith(401, 'UNAUTHENTICATED');
  expect(verdict(error('UNAUTHENTICATED', 401), unauthenticated, UPSTREAM_WORKS)).toBeUndefined();
  expect(verdict(complete, { ...unauthenticated, statuses: [200] }, UPSTREAM_WORKS)).toBe(
    'accepted instead of rejected',
  );
  expect(verdict(complete, unauthenticated, UPSTREAM_WORKS)).toBe('HTTP 200');
  expect(verdict(error('UNAUTHENTICATED', 500), unauthenticated, UPSTREAM_WORKS)).toBe('HTTP 500');
  expect(verdict(error('UPSTREAM_TIMEOUT', 401), unauthenticated, UPSTREAM_FAILS)).toBe('UPSTREAM_TIMEOUT');
  expect(
    verdict({ status: 415, text: '' }, rejectedWith([400, 415], 'BAD_REQUEST'), UPSTREAM_WORKS),
  ).toBeUndefined();
});

test('a secret in a response is unexpected, even if the response is correct otherwise', () => {
  const withSecret = response(200, { data: { message: 'no route to 10.0.0.1:4100' } });
  expect(verdict(withSecret, OK_OR_UPSTREAM_ERROR, UPSTREAM_FAILS)).toBe('contains secret 0 of the upstream');
});
