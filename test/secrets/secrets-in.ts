import type { Secret } from './find-secrets.ts';

/** The secrets in a gateway's environment. Reimplemented, because the tested code must not determine its own test. */
export function secretsIn(env: Readonly<Record<string, string>>): Secret[] {
  return Object.entries(env).flatMap(([name, value]) => {
    const password = /\/\/[^/?#]*?:([^@]*)@/.exec(value)?.[1];
    return [
      ...(password === undefined ? [] : [{ name: `password in ${name}`, value: password }]),
      ...(/_(SECRET|TOKEN|ACCESS_KEY_ID)$/.test(name) ? [{ name, value }] : []),
      ...(name === 'AUTH_API_KEYS' ? keysIn(value) : []),
      ...(/_HEADERS$/.test(name) ? headersIn(name, value) : []),
      ...(/^https?_proxy$/i.test(name) ? proxyCredentialsIn(name, value) : []),
    ];
  });
}

/** As in the URL, decoded, and as in `proxy-authorization`. */
function proxyCredentialsIn(name: string, value: string): Secret[] {
  const pair = /^(?:\w+:\/\/)?([^/]*:[^/]*)@/.exec(value)?.[1];
  if (pair === undefined) return [];
  const decoded = decodeURIComponent(pair);
  return [
    { name: `credentials in ${name}`, value: pair },
    { name: `credentials in ${name}, decoded`, value: decoded },
    { name: `credentials in ${name}, in Base64`, value: Buffer.from(decoded).toString('base64') },
  ];
}

function keysIn(value: string): Secret[] {
  return value.split(',').map((entry, index) => ({
    name: `entry ${index + 1} of AUTH_API_KEYS`,
    value: entry.slice(entry.indexOf(':') + 1).trim(),
  }));
}

function headersIn(name: string, value: string): Secret[] {
  return value.split(',').map((entry) => ({
    name: `a value in ${name}`,
    value: decodeURIComponent(entry.slice(entry.indexOf('=') + 1).trim()),
  }));
}
