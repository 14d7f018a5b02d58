import { isIP } from 'node:net';
import { z } from 'zod/v3';
import { type ApiKey, hashApiKey } from '../auth/api-key.ts';
import { matching, text } from '../environment-variable.ts';
import { parseRedisUrl } from '../redis/redis-client.ts';
import { isAddressRange } from '../server/access/client-address.ts';
import { parseProxy } from '../upstream/proxy.ts';

export const ON_OR_OFF = matching('on or off', /^(on|off)$/, (value) => value === 'on');

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Whether a host name can only resolve to this machine. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host) || host === '::1';
}

/** Whether responses of a URL can be trusted: HTTPS, or HTTP on this machine. */
function isSecureUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
  return isSafe && !/[#@]/.test(value) && isHostName(url.hostname);
}

export const JWKS_URL = text('an https:// URL, or an http:// one on a loopback address', isSecureUrl);

/** An origin that may receive signed calls. */
export const ENDPOINT = {
  allowed: 'an https:// origin without path, or an http:// one on a loopback address',
  schema: z
    .string()
    .refine((value) => isSecureUrl(value) && new URL(value).pathname === '/' && !value.includes('?'))
    .transform((value) => new URL(value).origin),
};

/** Reports the parser's error message as the issue. The value is not repeated, because it may contain a secret. */
const parsedBy = <Value>(parse: (value: string) => Value) =>
  z.string().transform((value, context) => {
    try {
      return parse(value);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
      return z.NEVER;
    }
  });

export const REDIS_LOCATION = {
  allowed:
    'a redis:// or rediss:// URL, a redis+sentinel:// URL with several hosts and the name of the master as its path, or a redis+cluster:// URL with several hosts',
  isSecret: true,
  schema: parsedBy((value) => {
    parseRedisUrl(value);
    return value;
  }),
};

export const PROXY = {
  allowed:
    'an http:// or https:// URL, as in `http://proxy.example.com:3128`; user and password before the host are percent-encoded',
  isSecret: true,
  schema: parsedBy(parseProxy),
};

export const LISTEN_HOST = text(
  'an address or a host name of this machine, without a port or brackets',
  (value) => isIP(value) !== 0 || /^[\w.-]+$/.test(value),
);

const listOf = (allowed: string, isAllowed: (value: string) => boolean) => ({
  allowed,
  schema: z
    .string()
    .transform((values) => values.split(',').map((value) => value.trim()))
    .refine((all) => all.every((value) => value !== '' && isAllowed(value))),
});

export const ORIGINS = listOf(
  'origins separated by commas, as browsers send them: lower case, no path, no `*`, as in `https://app.example.com,http://localhost:5173`',
  (value) => {
    if (!URL.canParse(value)) return false;
    const { protocol, origin, hostname } = new URL(value);
    // An origin with `*`, or with another character that no host name has, would never match.
    return /^https?:$/.test(protocol) && origin === value && isHostName(hostname.replace(/\.$/, ''));
  },
);

/** Host names, each with or without `*.` in front. */
export const HOST_NAMES = listOf(
  'host names separated by commas, without a port, as in `gateway.internal,*.example.com`; `*.` matches every subdomain',
  (value) => {
    const name = value.replace(/^\*\./, '');
    // An address has no subdomains.
    const isBelowAddress = name !== value && (isIP(name) !== 0 || name.startsWith('['));
    return isHostName(name) && !isBelowAddress;
  },
);

/** Whether a text is a host name or an address as in a URL, without scheme, port, path, space or final dot. */
function isHostName(value: string): boolean {
  const isPlain = /^([\w.-]+|\[[\da-f:.]+\])$/i.test(value) && !value.endsWith('.');
  return (
    isPlain && URL.canParse(`http://${value}`) && new URL(`http://${value}`).hostname === value.toLowerCase()
  );
}

export const ADDRESS_RANGES = listOf(
  'IPv4 and IPv6 addresses and CIDR ranges separated by commas, as in `10.0.0.0/8,2001:db8::7`; a range of all addresses is not allowed',
  isAddressRange,
);

/** Values of a token's claim. @param claims names of the claims, for the message */
export const claimValues = (claims: string) =>
  listOf(`exact values of ${claims}, separated by commas`, isClaimValue);

/** Whether a claim can have this value. Quotes around it are a mistake: they were meant for a shell. */
function isClaimValue(value: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  return !/^(".*"|'.*')$/.test(value) && !/[\u0000-\u001f\u007f]/.test(value);
}

/** One issuer: a list of issuers would never match. */
export const ISSUER = text(
  'the exact `iss` of the tokens, without quotes; only one',
  (value) => isClaimValue(value) && !/,\s*https?:/.test(value),
);

/** Client names that are safe in log lines and metric labels. */
const CLIENT = /^[\w.-]{1,64}$/;

/** Values of the label `client` for callers without a name of their own. */
const RESERVED_CLIENTS: ReadonlySet<string> = new Set(['anonymous', 'other']);

/** Longest key, in characters: request headers have at most 16 KiB. */
const MAX_KEY_LENGTH = 8000;

/** `name:key` pairs. An issue gives the entry's position only, because its text may be a secret. */
export const API_KEYS = {
  allowed:
    'name:key pairs separated by commas, as in `web:s3cret,batch:0ther`; names of 1 to 64 letters, digits, `_`, `.` or `-`, keys of visible ASCII characters',
  isSecret: true,
  schema: z.string().transform((entries, context) => {
    const keys: ApiKey[] = [];
    for (const [index, entry] of entries.split(',').entries()) {
      const [name = '', ...rest] = entry.split(':');
      const [client, key] = [name.trim(), rest.join(':').trim()];
      const hashed = hashApiKey(client, key);
      const problem = keyProblem(client, key, hashed, keys);
      if (problem === undefined) keys.push(hashed);
      else context.addIssue({ code: 'custom', message: `entry ${index + 1}: ${problem}` });
    }
    return keys;
  }),
};

function keyProblem(client: string, key: string, { digest }: ApiKey, earlier: readonly ApiKey[]) {
  if (!CLIENT.test(client)) return 'missing or invalid name';
  if (RESERVED_CLIENTS.has(client)) return `name ${client} is reserved for other callers in the metrics`;
  if (!/^[\x21-\x7e]+$/.test(key)) return 'missing or invalid key';
  if (key.length > MAX_KEY_LENGTH) return `key is longer than ${MAX_KEY_LENGTH} characters`;
  if (earlier.some((other) => other.digest.equals(digest))) return 'key is the same as in an earlier entry';
  return undefined;
}
