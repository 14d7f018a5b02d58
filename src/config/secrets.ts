import { parseProxy } from '../upstream/proxy.ts';
import { type Environment, namesOf } from './variables.ts';

/** Variables whose whole values let somebody in, or are part of what does. */
const SECRETS = [
  'ALIBABA_CLOUD_ACCESS_KEY_ID',
  'ALIBABA_CLOUD_ACCESS_KEY_SECRET',
  'ALIBABA_CLOUD_SECURITY_TOKEN',
  'ALIBABA_CLOUD_CREDENTIALS_URI',
  'REDIS_SENTINEL_PASSWORD',
];

const PROXIES = ['HTTP_PROXY', 'HTTPS_PROXY'].flatMap(namesOf);

/** The password in a URL, of whatever program; empty where there is none. */
function passwordIn(text: string): string {
  for (let start = text.indexOf('//'); start !== -1; start = text.indexOf('//', start)) {
    start += 2;
    const end = indexAfter(text, start, /[/?#]/g);
    let colon = text.indexOf(':', start);
    while (colon !== -1 && colon < end && text[colon + 1] === '@') colon = text.indexOf(':', colon + 1);
    if (colon === -1) return '';
    if (colon < end) {
      const at = text.indexOf('@', colon + 1);
      return at === -1 ? '' : text.slice(colon + 1, at);
    }
    start = end;
  }
  return '';
}

/** Where an expression matches next; the length of the text where it does not. @param expression of one character, global */
function indexAfter(text: string, start: number, expression: RegExp): number {
  expression.lastIndex = start;
  return expression.exec(text)?.index ?? text.length;
}

/**
 * What a proxy URL has as credentials: as it was written, with and without the user, decoded, and as it goes over the wire.
 * A URL without `http://` is one too.
 */
function credentialsIn(proxyUrl: string): string[] {
  const end = proxyUrl.lastIndexOf('@');
  if (end === -1) return [];
  const written = proxyUrl.slice(0, end).replace(/^[^/@]*\/\//, '');
  const encoded = orElse(() => parseProxy(proxyUrl).authorization?.replace('Basic ', '') ?? '', '');
  const decoded = Buffer.from(encoded, 'base64').toString();
  return [written, decoded].flatMap((pair) => [pair, pair.slice(pair.indexOf(':') + 1)]).concat(encoded);
}

/** What a function returns, or something else where it throws. */
function orElse(read: () => string, otherwise: string): string {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

/** The values of the variables that hold headers: each may be a key, also in a malformed one. */
function headerSecrets(env: Environment): string[] {
  const { OTEL_EXPORTER_OTLP_HEADERS: all = '', OTEL_EXPORTER_OTLP_TRACES_HEADERS: traces = '' } = env;
  return [all, traces].flatMap((text) => {
    const values = text.split(',').map((pair) => pair.slice(pair.indexOf('=') + 1).trim());
    return [text.trim(), ...values, ...values.map((value) => orElse(() => decodeURIComponent(value), value))];
  });
}

/** The values of an environment that must never be written anywhere, well-formed or not. */
export function secretsOf(env: Environment): string[] {
  const keys = (env.AUTH_API_KEYS ?? '').split(',').map((entry) => entry.trim());
  return [
    ...SECRETS.map((name) => env[name]?.trim() ?? ''),
    ...headerSecrets(env),
    ...Object.values(env).map((value) => passwordIn(value ?? '')),
    ...PROXIES.flatMap((name) => credentialsIn(env[name] ?? '')),
    ...keys.flatMap((entry) => [entry, entry.slice(entry.indexOf(':') + 1).trim()]),
  ].filter((value) => value !== '');
}
