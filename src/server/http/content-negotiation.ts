import type { IncomingHttpHeaders } from 'node:http';
import { quoted } from '../../errors.ts';

/**
 * Media types of a response that is not a stream. @see
 * https://graphql.github.io/graphql-over-http/draft/#sec-Media-Types
 */
export type MediaType = 'application/json' | 'application/graphql-response+json';

/** All supported media types, as an error message lists them. */
export const MEDIA_TYPES =
  'application/graphql-response+json or application/json, and for subscriptions text/event-stream or multipart/mixed;subscriptionSpec=1.0';

/** Media type of the response by media range of the Accept header. */
const BY_RANGE: ReadonlyMap<string, MediaType> = new Map([
  ['application/json', 'application/json'],
  ['application/graphql-response+json', 'application/graphql-response+json'],
  ['application/*', 'application/json'],
  ['*/*', 'application/json'],
]);

/** Media types that only yoga sends, by the media ranges that match them. */
const OTHERS: ReadonlyMap<string, string> = new Map([
  ['text/event-stream', 'text/event-stream'],
  ['text/*', 'text/event-stream'],
  ['multipart/mixed', 'multipart/mixed'],
  ['multipart/*', 'multipart/mixed'],
]);

const UTF_8: ReadonlySet<string> = new Set(['charset=utf-8', 'charset="utf-8"', 'charset=utf8']);

/** Limits of each memo table in {@link rememberedHeader}. Clients send few different values, and short ones. */
const MAX_REMEMBERED = 100;
const MAX_REMEMBERED_LENGTH = 200;

/** Memoizes a function of a header, for the first {@link MAX_REMEMBERED} short values. No header means any media range. */
export function rememberedHeader<Value>(read: (header: string) => Value): (header?: string) => Value {
  const remembered = new Map<string, Value>();
  return (header = '*/*') => {
    const known = remembered.get(header);
    if (known !== undefined || remembered.has(header)) return known as Value;
    const value = read(header);
    if (remembered.size < MAX_REMEMBERED && header.length <= MAX_REMEMBERED_LENGTH)
      remembered.set(header, value);
    return value;
  };
}

/**
 * Parses an Accept or Accept-Encoding header. Names and parameters are in lower case, without white space. Weights are
 * from 0 (not acceptable) to 1; a missing or invalid weight is 1.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-12.4.2
 */
export function acceptRanges(header: string) {
  return header
    .toLowerCase()
    .replace(/\s/g, '')
    .split(',')
    .map((range) => {
      const [name = '', ...parameters] = range.split(';');
      const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
      const quality = weight === undefined || weight === '' ? 1 : Number(weight);
      return { name, parameters, weight: Number.isNaN(quality) ? 1 : Math.min(1, Math.max(0, quality)) };
    });
}

/**
 * The value for the media range with the highest weight in an Accept header; among equal weights, the first.
 *
 * @param meaningOf returns undefined for a range that the gateway does not support
 * @returns undefined when the header accepts nothing that the gateway supports
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-accept
 */
export function preferredByAccept<Value>(
  accept: string,
  meaningOf: (type: string, parameters: readonly string[]) => Value | undefined,
): Value | undefined {
  let preferred: Value | undefined;
  let highest = 0;
  for (const { name, parameters, weight } of acceptRanges(accept)) {
    const value = weight > highest ? meaningOf(name, parameters) : undefined;
    if (value === undefined) continue;
    preferred = value;
    highest = weight;
  }
  return preferred;
}

/** The media type of a response that is not a stream, for an Accept header; undefined when the header accepts none. */
export const mediaTypeFor = rememberedHeader((accept: string) =>
  preferredByAccept(accept, (type, parameters) => {
    const charset = parameters.find((parameter) => parameter.includes('charset='));
    if (charset !== undefined && charset !== 'charset=utf-8') return undefined;
    return BY_RANGE.get(type);
  }),
);

/**
 * The single media type to pass to yoga as its Accept header; undefined when the client accepts none. yoga responds to
 * an unacceptable header with one 150 times as long, so it must never see one.
 */
export function yogaMediaTypeFor(accept: string | undefined): string | undefined {
  const mediaType = mediaTypeFor(accept);
  if (mediaType !== undefined || accept === undefined) return mediaType;
  for (const { name, parameters } of acceptRanges(accept)) {
    // Clients of multipart subscriptions read everything else as JSON; yoga's own multipart format is for `@defer`.
    if (isSubscriptionProtocol(parameters)) return 'application/json';
    const other = OTHERS.get(name);
    if (other !== undefined) return other;
  }
  return undefined;
}

/**
 * Whether the parameters of `multipart/mixed` name the multipart subscription protocol. Without them, the client may
 * mean `@defer`.
 */
export function isSubscriptionProtocol(parameters: readonly string[]): boolean {
  return parameters.some((parameter) => parameter.replaceAll('"', '') === 'subscriptionspec=1.0');
}

/**
 * Classes of a request body by its headers: JSON as most clients send it, JSON with unusual parameters, or rejected.
 */
export type BodyKind = 'json' | 'json-noncanonical' | 'rejected';

const classifyContentType = rememberedHeader((header: string): BodyKind => {
  const [type, ...parameters] = header
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  if (type !== 'application/json') return 'rejected';
  const isForeign = (parameter: string) => parameter.startsWith('charset=') && !UTF_8.has(parameter);
  if (parameters.some(isForeign)) return 'rejected';
  return parameters.every((parameter) => UTF_8.has(parameter)) ? 'json' : 'json-noncanonical';
});

/**
 * Accepts only uncompressed JSON in UTF-8. Other content types are rejected as a defence against CSRF: an HTML form of
 * another site can send urlencoded, multipart or plain text bodies, or none, without a CORS preflight.
 *
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
 */
export function bodyKindOf(headers: IncomingHttpHeaders): BodyKind {
  if (headers['content-encoding'] !== undefined) return 'rejected';
  return classifyContentType(headers['content-type'] ?? '');
}

/** Maximum number of characters of a header that an error message quotes. */
const MAX_SHOWN = 80;

/** The error message for a rejected body: what was received, what is allowed. */
export function bodyRejection(headers: IncomingHttpHeaders): string {
  const [encoding, type] = [headers['content-encoding'], headers['content-type']];
  const found =
    encoding === undefined
      ? type === undefined
        ? 'has no content-type'
        : `is ${quoted(type.slice(0, MAX_SHOWN))}`
      : `has the content-encoding ${quoted(encoding.slice(0, MAX_SHOWN))}`;
  return `The request body ${found}. Expected application/json in UTF-8, not compressed.`;
}
