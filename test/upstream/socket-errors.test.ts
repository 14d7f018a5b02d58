import { describe, expect, test } from 'vitest';
import { classifySocketError } from '../../src/upstream/classify.ts';
import { ClosedEarlyError } from '../../src/upstream/http/connection.ts';
import { UnreadableAnswerError } from '../../src/upstream/http/unreadable.ts';

describe('a failure below HTTP', () => {
  const failureWith = (name: string, code: string | undefined) =>
    Object.assign(new Error('connect to ice-inner:443'), { name, code });

  test.each([
    ['Error', 'ECONNRESET'],
    ['Error', 'ECONNREFUSED'],
    ['Error', 'ENOTFOUND'],
    ['Error', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ])('%s %s may pass', (name, code) => {
    const failure = classifySocketError(failureWith(name, code));
    expect(failure).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retry: 'later', detail: code });
  });

  test('an answer that is none will not be better the next time', () => {
    const failure = classifySocketError(new UnreadableAnswerError('more than one content-length'));
    expect(failure).toMatchObject({
      code: 'UPSTREAM_BAD_RESPONSE',
      retry: 'never',
      detail: 'more than one content-length',
    });
  });

  test('one without a code is named by its kind, because its words name the host', () => {
    expect(classifySocketError(new TypeError('no ice-inner')).detail).toBe('TypeError');
    expect(classifySocketError(new ClosedEarlyError('by ice-inner')).detail).toBe('ClosedEarlyError');
    expect(classifySocketError(failureWith('Error', undefined)).detail).toBe('Error');
    expect(classifySocketError('ice-inner').detail).toBe('string');
  });
});
