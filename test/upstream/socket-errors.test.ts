import { describe, expect, test } from 'vitest';
import { classifySocketError } from '../../src/upstream/classify.ts';

describe('a failure below HTTP', () => {
  const failureWith = (name: string, code: string | undefined) =>
    Object.assign(new Error('connect to ice-inner:443'), { name, code });

  test.each([
    ['Error', 'ECONNRESET'],
    ['Error', 'ECONNREFUSED'],
    ['Error', 'ENOTFOUND'],
    ['SocketError', 'UND_ERR_SOCKET'],
    ['ConnectTimeoutError', 'UND_ERR_CONNECT_TIMEOUT'],
  ])('%s %s may pass', (name, code) => {
    const failure = classifySocketError(failureWith(name, code));
    expect(failure).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retry: 'later', detail: code });
  });

  test.each([
    ['HTTPParserError', undefined],
    ['HTTPParserError', 'HPE_INVALID_CONSTANT'],
    ['ResponseExceededMaxSizeError', 'UND_ERR_RES_EXCEEDED_MAX_SIZE'],
    ['HeadersOverflowError', 'UND_ERR_HEADERS_OVERFLOW'],
  ])('%s %s will not be better the next time', (name, code) => {
    const failure = classifySocketError(failureWith(name, code));
    expect(failure).toMatchObject({ code: 'UPSTREAM_BAD_RESPONSE', retry: 'never', detail: code ?? name });
  });

  test('one without a code is named by its kind, because its words name the host', () => {
    expect(classifySocketError(new TypeError('no ice-inner')).detail).toBe('TypeError');
    expect(classifySocketError(failureWith('Error', undefined)).detail).toBe('Error');
    expect(classifySocketError('ice-inner').detail).toBe('string');
  });
});
