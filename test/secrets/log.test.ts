import { Writable } from 'node:stream';
import { GraphQLError } from 'graphql';
import { describe, expect, test } from 'vitest';
import { createLog, createMask, maskValues } from '../../src/log/create-log.ts';
import { createErrorMask } from '../../src/server/graphql/error-mask.ts';
import { fc } from '../runs.ts';
import { findSecrets } from './find-secrets.ts';

const VALUE = 'kept/by+the-gateway';
const SECRETS = [{ name: 'the key', value: VALUE }];

/** Log of a gateway that knows the secret: parsed lines, and the whole text. */
function logOf(act: (log: ReturnType<typeof createLog>) => void) {
  let text = '';
  const destination = new Writable({
    write(chunk, _encoding, done) {
      text += chunk;
      done();
    },
  });
  act(createLog('trace', createMask([VALUE]), destination));
  return {
    text,
    lines: text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  };
}

describe('an error is logged without its other properties', () => {
  const headers = { authorization: 'Bearer unheard-of', 'x-api-key': 'unheard-of' };
  const carrying = () =>
    Object.assign(new TypeError('it failed'), { code: 'E_FAILED', headers, request: { headers } });

  test.each([
    ['itself', carrying()],
    ['its cause', new Error('outer', { cause: carrying() })],
    ['one of its errors', new AggregateError([carrying()], 'several')],
    ['an object that was thrown', { headers }],
    ['a list that was thrown', [headers]],
    [
      'a URL that was not one',
      (() => {
        try {
          return new URL('http://unheard-of:unheard-of@');
        } catch (error) {
          return error;
        }
      })(),
    ],
  ])('%s', (_, err) => {
    const { text } = logOf((log) => log.error({ err }, 'unexpected error'));
    expect(text).not.toContain('unheard-of');
  });

  test('and with its type, code and stack', () => {
    const { lines } = logOf((log) =>
      log.error({ err: new Error('outer', { cause: carrying() }) }, 'unexpected error'),
    );
    const stack = expect.stringContaining('log.test.ts');
    expect(lines[0].err).toEqual({
      type: 'Error',
      message: 'outer',
      stack,
      cause: { type: 'TypeError', message: 'it failed', code: 'E_FAILED', stack },
    });
  });

  test('and cyclic causes end', () => {
    const error = new Error('round');
    error.cause = error;
    expect(logOf((log) => log.error({ err: error })).text.match(/"message":"round"/g)).toHaveLength(6);
  });
});

test('an unexpected error of a resolver is logged in this way, and masked for the caller', () => {
  const thrown = Object.assign(new TypeError('out of order'), { request: { headers: { cookie: VALUE } } });
  const told: unknown[] = [];
  const { text, lines } = logOf((log) => {
    const mask = createErrorMask(log);
    told.push(mask(new GraphQLError('wrapped', { originalError: thrown })));
    told.push(mask({ headers: { cookie: VALUE } }));
  });
  expect(findSecrets(text + JSON.stringify(told), SECRETS)).toEqual([]);
  expect(lines.map(({ err }) => err.type)).toEqual(['TypeError', 'object']);
  expect(JSON.stringify(told)).not.toContain('out of order');
});

test('values logged by mistake under names of secrets are redacted', () => {
  const { lines } = logOf((log) => {
    log.info({ headers: { authorization: VALUE } });
    log.info({ credentials: { accessKeySecret: VALUE }, apiKey: VALUE, token: VALUE });
    log.child({ request: { url: VALUE } }).info('child');
  });
  expect(findSecrets(JSON.stringify(lines), SECRETS)).toEqual([]);
  expect(lines[0].headers).toBe('[Redacted]');
});

describe('a foreign text in the log is masked', () => {
  const mask = createMask([VALUE, 'short']);
  test.each([
    [`it said ${VALUE}.`, 'it said ***.'],
    ['a short word', 'a short word'],
    ['https://user:hunter2@example.com/path', 'https://***@example.com/path'],
    ['https://token@example.com', 'https://***@example.com'],
    ['a@example.com and https://example.com/@x', 'a@example.com and https://example.com/@x'],
    [
      'Credential=id,SignedHeaders=host;x-acs-date,Signature=0a1b2c',
      'Credential=id,SignedHeaders=host;x-acs-date,Signature=***',
    ],
    ['{"x-acs-security-token":"CAIS+/=="}', '{"x-acs-security-token":"***"}'],
    ['["x-acs-security-token","CAIS+/=="]', '["x-acs-security-token","***"]'],
    ['\\"AccessKeySecret\\": \\"abc\\"', '\\"AccessKeySecret\\": \\"***\\"'],
    ['access_key_secret = abc', 'access_key_secret = ***'],
    ['X-API-Key: abc', 'X-API-Key: ***'],
    ['sent Bearer abc.def', 'sent Bearer ***'],
    ['no eyJhbGciOiJub25l.eyJzdWIi.c2ln at all', 'no *** at all'],
    ['connect ECONNREFUSED 127.0.0.1:443', 'connect ECONNREFUSED 127.0.0.1:443'],
  ])('%s', (text, masked) => {
    expect(mask(text)).toBe(masked);
  });

  test('wherever and however often a known secret occurs', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (parts) => {
        expect(mask(parts.join(VALUE))).not.toContain(VALUE);
      }),
    );
  });

  test('starting with the longer of two secrets', () => {
    expect(maskValues(['secret', 'secret-and-more'])('secret-and-more')).toBe('***');
  });

  test('in an error, its causes, and the detail of a failed call', () => {
    const { text, lines } = logOf((log) => {
      log.error({ err: new Error(`outer ${VALUE}`, { cause: new Error(VALUE) }) });
      log.warn({ detail: `no ${VALUE}, HTTP 400` });
      log.error({ err: VALUE });
    });
    expect(findSecrets(text, SECRETS)).toEqual([]);
    expect(lines[1].detail).toBe('no ***, HTTP 400');
    expect(lines[2].err).toEqual({ type: 'string', message: '***' });
  });
});
