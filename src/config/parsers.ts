import { isIP } from 'node:net';
import { z } from 'zod/v3';
import { type ApiKey, rememberKey } from '../auth/api-key.ts';
import { matching, text } from '../environment-variable.ts';
import { parseRedisUrl } from '../redis/redis-client.ts';
import { isAddressRange } from '../server/access/client-address.ts';
import { parseProxy } from '../upstream/proxy.ts';

export const ON_OR_OFF = matching('on or off', /^(on|off)$/, (value) => value === 'on');

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Whether a host name can only mean this machine. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host) || host === '::1';
}

/** Whether a URL may be asked for something that has to be believed. */
function isTrustworthy(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
  return isSafe && !/[#@]/.test(value) && isHostName(url.hostname);
}

export const JWKS_URL = text('an https:// URL, or an http:// one on a loopback address', isTrustworthy);

/** An origin to which signed calls may go. */
export const ENDPOINT = {
  allowed: 'an https:// origin without path, or an http:// one on a loopback address',
  schema: z
    .string()
    .refine((value) => isTrustworthy(value) && new URL(value).pathname === '/' && !value.includes('?'))
    .transform((value) => new URL(value).origin),
};

/** The message of the parser's error is the issue, without the text, which may hold a secret. */
const readBy = <Value>(parse: (value: string) => Value) =>
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
    'a redis:// or rediss:// URL; with several hosts after redis+sentinel:// (and the name of the master as its path) or redis+cluster://',
  isSecret: true,
  schema: readBy((value) => {
    parseRedisUrl(value);
    return value;
  }),
};

export const PROXY = {
  allowed:
    'an http:// or https:// URL, as in `http://proxy.example.com:3128`; a user and a password before the host are percent-encoded',
  isSecret: true,
  schema: readBy(parseProxy),
};

export const LISTEN_HOST = text(
  'an address or host name of this machine, without port and brackets',
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
  'origins as browsers send them, in lower case, without path and `*`, as in `https://app.example.com,http://localhost:5173`',
  (value) => {
    if (!URL.canParse(value)) return false;
    const { protocol, origin, hostname } = new URL(value);
    // `*` and what else no host name has would never match.
    return /^https?:$/.test(protocol) && origin === value && isHostName(hostname.replace(/\.$/, ''));
  },
);

/** Host names, each with or without `*.` in front. */
export const HOST_NAMES = listOf(
  'host names without port, as in `gateway.internal,*.example.com`; `*.` stands for every name below',
  (value) => {
    const name = value.replace(/^\*\./, '');
    // Nothing is below an address.
    const isBelowAddress = name !== value && (isIP(name) !== 0 || name.startsWith('['));
    return isHostName(name) && !isBelowAddress;
  },
);

/** Whether a text is a host name or an address as a URL has it: no scheme, port, path, space or final dot. */
function isHostName(value: string): boolean {
  const isPlain = /^([\w.-]+|\[[\da-f:.]+\])$/i.test(value) && !value.endsWith('.');
  return (
    isPlain && URL.canParse(`http://${value}`) && new URL(`http://${value}`).hostname === value.toLowerCase()
  );
}

export const ADDRESS_RANGES = listOf(
  'addresses and CIDR ranges of IPv4 and IPv6, as in `10.0.0.0/8,2001:db8::7`; not all addresses',
  isAddressRange,
);

/** Values of a claim. @param claims their names */
export const claimValues = (claims: string) =>
  listOf(`values of ${claims}, to the letter, with commas between them`, isClaimValue);

/** Whether a token can have this value: quotes around it were meant for a shell that did not read it. */
function isClaimValue(value: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  return !/^(".*"|'.*')$/.test(value) && !/[\u0000-\u001f\u007f]/.test(value);
}

/** Of several with commas between them none would ever match. */
export const ISSUER = text(
  'the `iss` of the tokens, to the letter and without quotes; one alone',
  (value) => isClaimValue(value) && !/,\s*https?:/.test(value),
);

/** Names as they may stand in a log line and in a metric's label. */
const CLIENT = /^[\w.-]{1,64}$/;

/** Values of the label `client` for callers without a name of their own. */
const RESERVED_CLIENTS: ReadonlySet<string> = new Set(['anonymous', 'other']);

/** Longest key, in characters: the head of a request has at most 16 KiB. */
const MAX_KEY_LENGTH = 8000;

/** `name:key` pairs. An issue names the entry's place, because its text may be a secret. */
export const API_KEYS = {
  allowed: 'pairs of a name and a key, as in `web:s3cret,batch:0ther`',
  isSecret: true,
  schema: z.string().transform((entries, context) => {
    const keys: ApiKey[] = [];
    for (const [index, entry] of entries.split(',').entries()) {
      const [name = '', ...rest] = entry.split(':');
      const [client, key] = [name.trim(), rest.join(':').trim()];
      const remembered = rememberKey(client, key);
      const problem = problemOfKey(client, key, remembered, keys);
      if (problem === undefined) keys.push(remembered);
      else context.addIssue({ code: 'custom', message: `entry ${index + 1} ${problem}` });
    }
    return keys;
  }),
};

function problemOfKey(client: string, key: string, { digest }: ApiKey, earlier: readonly ApiKey[]) {
  if (!CLIENT.test(client)) return 'has no name of 1 to 64 letters, digits, `_`, `.` or `-`';
  if (RESERVED_CLIENTS.has(client)) return `has the name ${client}, which the metrics use for other callers`;
  if (!/^[\x21-\x7e]+$/.test(key)) return 'has no key of visible ASCII characters after its colon';
  if (key.length > MAX_KEY_LENGTH) return `has a key of more than ${MAX_KEY_LENGTH} characters`;
  if (earlier.some((other) => other.digest.equals(digest))) return 'has the key of an earlier entry';
  return undefined;
}
