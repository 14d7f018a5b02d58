import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseProxy, proxyFor } from '../../src/upstream/proxy.ts';
import { part } from '../parts/needs.ts';
import { fc } from '../runs.ts';
import { ForwardProxyServer } from './forward-proxy.ts';

/** Port 9 (discard) of this machine: direct requests get ECONNREFUSED. */
const host = (name: string) => `http://${name}:9/`;

/** [URL, value of NO_PROXY, whether the request goes through the proxy] */
const CASES: [url: string, except: string, isProxied: boolean][] = [
  [host('localhost'), '', true],
  [host('localhost'), 'localhost', false],
  [host('localhost'), 'LOCALHOST', false],
  [host('LOCALHOST'), 'localhost', false],
  [host('localhost'), '.localhost', false],
  [host('localhost'), 'localhost.', false],
  [host('localhost'), '.', true],
  [host('localhost'), 'host', true],
  [host('localhost'), 'localhost.example.com', true],
  [host('localhost'), 'localhost:9', true],
  [host('localhost'), '127.0.0.1', true],
  [host('localhost'), '127.0.0.0/8', true],
  [host('localhost'), '*', false],
  [host('localhost'), '*,other', true],
  [host('localhost'), 'other,*', true],
  [host('localhost'), '*host', true],
  [host('localhost'), 'other,localhost', false],
  [host('localhost'), 'other, localhost', false],
  [host('localhost'), ',,other,,localhost,', false],
  [host('a.localhost'), 'localhost', false],
  [host('a.localhost'), '.localhost', false],
  [host('a.localhost'), '..localhost', true],
  [host('a.localhost'), '*.localhost', true],
  [host('a.localhost'), 'b.localhost', true],
  [host('127.0.0.1'), '127.0.0.1', false],
  [host('127.1'), '127.0.0.1', false],
  [host('127.0.0.1'), '127.0.0.1:9', true],
  [host('127.0.0.1'), '127.0.0.1.', true],
  [host('127.0.0.1'), '0.0.1', true],
  [host('127.0.0.1'), '.0.0.1', true],
  [host('127.0.0.1'), 'localhost', true],
  [host('127.0.0.1'), '127.0.0.0/8', false],
  [host('127.0.0.1'), '127.0.0.0/9', false],
  [host('127.0.0.1'), '126.0.0.0/7', false],
  [host('127.0.0.1'), '127.0.0.0/31', false],
  [host('127.0.0.1'), '127.0.0.0/32', true],
  [host('127.0.0.1'), '127.0.0.1/32', false],
  [host('127.0.0.1'), '127.0.0.1/33', true],
  [host('127.0.0.1'), '127.0.0.1/0', false],
  [host('127.0.0.1'), '0.0.0.0/0', true],
  [host('127.0.0.1'), '10.0.0.0/8,127.0.0.0/8', false],
  [host('[::1]'), '::1', false],
  [host('[::1]'), '[::1]', true],
  [host('[::1]'), '::1:9', true],
  [host('[::1]'), '127.0.0.1', true],
  [host('127.0.0.1'), '::ffff:127.0.0.1', true],
];

/**
 * Cases in which versions of curl differ: those before 8 take an IPv6 address for a name, those from 8.2 on end a list at
 * white space.
 */
const DIFFERENT_IN_CURL: typeof CASES = [
  [host('[::1]'), '::/64', false],
  [host('[::1]'), '::1/128', false],
  [host('[::1]'), '::/0', true],
  [host('[::1]'), '0:0:0:0:0:0:0:1', false],
  [host('[fd00::1]'), 'fd00::/8', false],
  [host('[fe00::1]'), 'fd00::/8', true],
  [host('localhost'), 'other localhost', false],
  ['https://ice.cn-shanghai.aliyuncs.com/', 'aliyuncs.com', false],
  ['https://ice.cn-shanghai.aliyuncs.com/', 'liyuncs.com', true],
  ['https://ice-vpc.cn-shanghai.aliyuncs.com', '.cn-shanghai.aliyuncs.com', false],
];

/** On this machine: a proxy elsewhere gets no request to a loopback host. */
const proxy = parseProxy('http://127.0.0.1:3128');
const isProxied = (url: string, except: string) =>
  proxyFor(url, { http: proxy, https: proxy, except: except || undefined }) !== undefined;

test.each([...CASES, ...DIFFERENT_IN_CURL])('%s with NO_PROXY=%j is proxied: %s', (url, except, expected) => {
  expect(isProxied(url, except)).toBe(expected);
});

describe('curl on this machine', () => {
  test.concurrent.each(CASES)(
    'agrees that %s with NO_PROXY=%j is proxied: %s',
    async (url, except, expected) => {
      const curl = part('curl');
      await using server = await ForwardProxyServer.start();
      server.rejectWith = 503;
      const env = { http_proxy: `http://127.0.0.1:${server.port}`, NO_PROXY: except };
      await promisify(execFile)(curl, ['--silent', '--max-time', '5', url], { env }).catch(() => {});
      expect(server.requests.map(({ target }) => target)).toEqual(expected ? [expect.any(String)] : []);
    },
  );

  test.each([
    ['with user and password percent-encoded', 'http://us%40er:p%3Ass%2F@HOST', 'us@er:p:ss/'],
    ['with a user alone', 'http://user@HOST', 'user:'],
    ['with a password alone', 'http://:password@HOST', ':password'],
    ['with a percent sign that encodes nothing', 'http://user:p%ss@HOST', 'user:p%ss'],
    ['without http://', 'user:password@HOST', 'user:password'],
    ['without credentials', 'HOST', undefined],
    ['with a path', 'http://user:password@HOST/path', 'user:password'],
    ['with its scheme in capital letters', 'HTTP://user:password@HOST', 'user:password'],
  ])('sends the same credentials to a proxy whose URL is written %s', async (_, written, credentials) => {
    const curl = part('curl');
    const server = await ForwardProxyServer.start();
    onTestFinished(() => server[Symbol.asyncDispose]());
    const address = `127.0.0.1:${server.port}`;
    const url = written.replace('HOST', address);
    const { authorization, host } = parseProxy(url);
    expect(host).toBe(address);
    const ours = authorization && Buffer.from(authorization.replace('Basic ', ''), 'base64').toString();
    expect(ours).toBe(credentials);
    server.rejectWith = 503;
    await promisify(execFile)(curl, ['--silent', '--max-time', '5', 'http://localhost:9/'], {
      env: { http_proxy: url },
    });
    expect(server.requests.map((request) => request.credentials)).toEqual([credentials]);
  });

  test.each([
    ['http://127.0.0.2', '127.0.0.2:1080'],
    ['127.0.0.2', '127.0.0.2:1080'],
    ['http://127.0.0.2:80', '127.0.0.2:80'],
    ['https://127.0.0.2', '127.0.0.2:443'],
  ])('connects to the same port of %s', async (url, expected) => {
    const curl = part('curl');
    expect(parseProxy(url).host).toBe(expected);
    const { stderr } = await promisify(execFile)(
      curl,
      ['--silent', '--verbose', '--max-time', '5', 'http://localhost:9/'],
      { env: { http_proxy: url } },
    ).catch((error: { stderr: string }) => error);
    expect(stderr).toMatch(new RegExp(`Trying ${expected.replaceAll('.', '\\.')}`));
  });
});

test('a URL goes through the proxy for its own scheme', () => {
  const [http, https] = [parseProxy('http://a:1'), parseProxy('http://b:1')];
  const [plain, secure] = ['http://upstream.example.com/', 'https://upstream.example.com/'];
  expect(proxyFor(plain, { http, https, except: undefined })).toBe(http);
  expect(proxyFor(secure, { http, https, except: undefined })).toBe(https);
  expect(proxyFor(secure, { http, https: undefined, except: undefined })).toBeUndefined();
});

describe('a request to a loopback host never leaves the machine', () => {
  const LOOPBACK = [
    'localhost',
    'LOCALHOST',
    'localhost.',
    'a.localhost',
    'a.b.localhost.',
    '127.0.0.1',
    '127.1',
    '2130706433',
    '127.255.255.254',
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7fff:1]',
  ];
  const ELSEWHERE = [
    'ice.cn-shanghai.aliyuncs.com',
    'localhost.example.com',
    'notlocalhost',
    '127.0.0.1.example.com',
    '126.255.255.255',
    '128.0.0.1',
    '10.0.0.1',
    '0.0.0.0',
    '[::]',
    '[::2]',
    '[fd00::1]',
    '[::ffff:10.0.0.1]',
  ];
  const FAR = [
    'proxy.example.com:3128',
    '10.0.0.1:3128',
    'localhost.example.com',
    '[fd00::1]:3128',
    '0.0.0.0:3128',
  ];
  const NEAR = [
    '127.0.0.1:3128',
    '127.8.8.8:3128',
    'localhost:3128',
    'LocalHost.:3128',
    '[::1]:3128',
    '[::ffff:127.0.0.1]:1',
  ];
  const schemes = ['http', 'https'];
  const goesThrough = (host: string, address: string, scheme: string, proxyScheme: string) => {
    const only = parseProxy(`${proxyScheme}://user:password@${address}`);
    return proxyFor(`${scheme}://${host}:8080/jwks`, { http: only, https: only, except: undefined }) === only;
  };
  const pairs = schemes.flatMap((scheme) => schemes.map((proxyScheme) => [scheme, proxyScheme] as const));

  test.each(LOOPBACK)('%s is reached directly when the proxy is on another machine', (host) => {
    for (const address of FAR)
      for (const [scheme, proxyScheme] of pairs)
        expect([address, goesThrough(host, address, scheme, proxyScheme)]).toEqual([address, false]);
  });

  test.each(LOOPBACK)('%s is reached through a proxy at a loopback address', (host) => {
    for (const address of NEAR)
      for (const [scheme, proxyScheme] of pairs)
        expect([address, goesThrough(host, address, scheme, proxyScheme)]).toEqual([address, true]);
  });

  test.each(ELSEWHERE)('%s, which is not a loopback host, is reached through any proxy', (host) => {
    for (const address of [...FAR, ...NEAR])
      for (const [scheme, proxyScheme] of pairs)
        expect([address, goesThrough(host, address, scheme, proxyScheme)]).toEqual([address, true]);
  });

  test('a proxy with a name below localhost gets no such request, because a resolver may return another machine', () => {
    expect(goesThrough('127.0.0.1', 'proxy.localhost:3128', 'http', 'http')).toBe(false);
  });
});

test('a parsed proxy has scheme, host and port, and credentials only in `authorization`', () => {
  expect(parseProxy('http://user:password@[::1]:3128/')).toEqual({
    url: 'http://[::1]:3128',
    host: '[::1]:3128',
    authorization: `Basic ${Buffer.from('user:password').toString('base64')}`,
  });
});

test.each([
  ['socks5://user:password@proxy.example.com:1080', 'unsupported scheme socks5://'],
  ['SOCKS5h://user:password@proxy.example.com', 'unsupported scheme socks5h://'],
  ['user-and-password://proxy.example.com', 'unsupported scheme'],
  ['p@ssword://proxy.example.com', 'unsupported scheme'],
  ['http://', 'missing or invalid host or port'],
  ['http://user:password@', 'missing or invalid host or port'],
  ['user:password', 'missing or invalid host or port'],
  ['http://proxy.example.com:99999', 'missing or invalid host or port'],
  ['http://pro xy', 'missing or invalid host or port'],
])('%s is not a valid proxy, and the error does not repeat it', (text, message) => {
  expect(() => parseProxy(text)).toThrow(new Error(message));
});

test('property: any text is a proxy, or an error that does not repeat it', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.webUrl(),
        fc.constantFrom('http://', 'https://').chain((scheme) => fc.string().map((rest) => scheme + rest)),
      ),
      (text) => {
        try {
          const { url, host } = parseProxy(text);
          expect(new URL(url).hostname).not.toBe('');
          expect(host).toMatch(/:\d+$/);
          expect(isProxied(url, text)).toBeTypeOf('boolean');
        } catch (error) {
          expect((error as Error).message).toMatch(
            /^(unsupported scheme( [a-z][a-z\d+.-]{0,11}:\/\/)?|missing or invalid host or port)$/,
          );
        }
      },
    ),
  );
});
