import { isIP } from 'node:net';
import { z } from 'zod/v3';
import { type ApiKey, rememberKey } from '../auth/api-key.ts';
import { parseRedisUrl } from '../redis/redis-url.ts';
import { isAddressRange } from '../server/trusted-proxies.ts';
import { parseProxy } from '../upstream/proxy.ts';

/** One environment variable: what it means, what it takes, and how its text is read. */
export interface Variable<Value = unknown> {
  readonly name: string;
  /** In the words of `--help`; undefined where leaving it unset is a state of its own. */
  readonly default: string | undefined;
  /** What may be given, as it completes "allowed is ...". */
  readonly allowed: string;
  readonly meaning: string;
  /** Whether a value must never be printed. */
  readonly isSecret?: boolean;
  readonly schema: z.ZodType<Value, z.ZodTypeDef, string | undefined>;
}

/** Checks the type of a definition. */
export function variable<Value>(definition: Omit<Variable<Value>, 'name'>): Omit<Variable<Value>, 'name'> {
  return definition;
}

/** A whole number, in decimal digits. */
export const wholeNumber = (min: number, max: number, fallback: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max))
    .default(String(fallback));

/** A part of a whole, in decimal digits. */
export const ratio = z
  .string()
  .regex(/^(0?\.\d{1,15}|[01](\.0*)?)$/)
  .default('1')
  .transform(Number);

export const onOff = z
  .enum(['on', 'off'])
  .transform((text) => text === 'on')
  .optional();

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Whether a host name can only mean this machine. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host) || host === '::1';
}

/** Whether a URL may be asked for something that has to be believed. */
export function isTrustworthy(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
  return isSafe && !/[#@]/.test(text) && isHostName(url.hostname);
}

/** An origin to which signed calls may go. */
export function isEndpoint(text: string): boolean {
  return isTrustworthy(text) && new URL(text).pathname === '/' && !text.includes('?');
}

/** One Redis, or several that belong together. What is wrong is told without the text, of which a part may be a secret. */
export const redisUrl = z
  .string()
  .superRefine((text, context) => {
    try {
      parseRedisUrl(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
    }
  })
  .optional();

/** An HTTP proxy. An issue says what is wrong without the value, which may hold a password. */
export const proxyUrl = z
  .string()
  .transform((text, context) => {
    try {
      return parseProxy(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
      return z.NEVER;
    }
  })
  .optional();

export function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

/** Where to listen: an address, or a host name without a port. */
export function isListenHost(text: string): boolean {
  return isIP(text) !== 0 || /^[\w.-]+$/.test(text);
}

/** Values with commas between them, none of them empty and each as `isAllowed` wants it; `[]` when unset. */
const listOf = (isAllowed: (value: string) => boolean) =>
  z
    .string()
    .transform((text) => text.split(',').map((value) => value.trim()))
    .refine((all) => all.every((value) => value !== '' && isAllowed(value)))
    .optional()
    .transform((list) => list ?? []);

/** What a browser says about where a page came from: scheme, host and port, nothing after them. */
export const origins = listOf(isOrigin);

/** A text that a browser can send: `*` and what else no host name has would never match. */
function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, origin, hostname } = new URL(text);
  return /^https?:$/.test(protocol) && origin === text && isHostName(hostname.replace(/\.$/, ''));
}

/** Host names, each with or without `*.` in front. */
export const hostNames = listOf((text) => {
  const name = text.replace(/^\*\./, '');
  // Nothing is below an address.
  const isBelowAddress = name !== text && (isIP(name) !== 0 || name.startsWith('['));
  return isHostName(name) && !isBelowAddress;
});

/** Whether a text is a host name or an address as a URL has it: no scheme, port, path, space or final dot. */
function isHostName(text: string): boolean {
  const isPlain = /^([\w.-]+|\[[\da-f:.]+\])$/i.test(text) && !text.endsWith('.');
  return (
    isPlain && URL.canParse(`http://${text}`) && new URL(`http://${text}`).hostname === text.toLowerCase()
  );
}

/** Addresses and CIDR ranges. */
export const addressRanges = listOf(isAddressRange);

/** Values of a claim. */
export const claimValues = listOf(isClaimValue);

/** Whether a token can have this value: quotes around it were meant for a shell that did not read it. */
function isClaimValue(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  return !/^(".*"|'.*')$/.test(text) && !/[\u0000-\u001f\u007f]/.test(text);
}

/** The issuer of tokens; of several with commas between them none would ever match. */
export const issuer = z
  .string()
  .refine((text) => isClaimValue(text) && !/,\s*https?:/.test(text))
  .optional();

/** Names as they may stand in a log line and in a metric's label. */
const CLIENT = /^[\w.-]{1,64}$/;

/** Values that the label `client` has for callers without a name of their own; a key must not take one of them. */
const RESERVED_CLIENTS: ReadonlySet<string> = new Set(['anonymous', 'other']);

/** Longest key, in characters: a request's head, which may have 16 KiB, has to hold it. */
const MAX_KEY_LENGTH = 8000;

/** `name:key` pairs. What is wrong is told by the entry's place, because its text may be a secret. */
export const apiKeys = z
  .string()
  .transform((text, context): ApiKey[] => {
    const keys: ApiKey[] = [];
    for (const [index, entry] of text.split(',').entries()) {
      const [name = '', ...rest] = entry.split(':');
      const [client, key] = [name.trim(), rest.join(':').trim()];
      const remembered = rememberKey(client, key);
      const problem = !CLIENT.test(client)
        ? 'has no name of 1 to 64 letters, digits, `_`, `.` or `-`'
        : RESERVED_CLIENTS.has(client)
          ? `has the name ${client}, which the metrics use for other callers`
          : !/^[\x21-\x7e]+$/.test(key)
            ? 'has no key of visible ASCII characters after its colon'
            : key.length > MAX_KEY_LENGTH
              ? `has a key of more than ${MAX_KEY_LENGTH} characters`
              : keys.some(({ digest }) => digest.equals(remembered.digest))
                ? 'has the key of an earlier entry'
                : undefined;
      if (problem === undefined) keys.push(remembered);
      else context.addIssue({ code: 'custom', message: `entry ${index + 1} ${problem}` });
    }
    return keys;
  })
  .optional()
  .transform((list) => list ?? []);
