import { expect, test } from 'vitest';
import { classifyTransportError } from '../../src/upstream/parse-response.ts';
import { TransportError } from '../../src/upstream/transport.ts';

test('a broken connection is UPSTREAM_UNAVAILABLE and is retried', () => {
  expect(classifyTransportError(new TransportError('broken', 'ECONNRESET'))).toMatchObject({
    code: 'UPSTREAM_UNAVAILABLE',
    retry: 'later',
    detail: 'ECONNRESET',
  });
});

test('a response that was cut within its body is UPSTREAM_BAD_RESPONSE and is retried', () => {
  expect(classifyTransportError(new TransportError('truncated', 'ECONNRESET'))).toMatchObject({
    code: 'UPSTREAM_BAD_RESPONSE',
    retry: 'later',
    detail: 'ECONNRESET',
  });
});

test('an unreadable response is UPSTREAM_BAD_RESPONSE and is not retried', () => {
  expect(classifyTransportError(new TransportError('unreadable', 'HTTP status 999'))).toMatchObject({
    code: 'UPSTREAM_BAD_RESPONSE',
    retry: 'never',
    detail: 'HTTP status 999',
  });
});
