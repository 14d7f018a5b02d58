import type { IncomingHttpHeaders } from 'node:http';
import { quoted } from '../../errors.ts';

/** The media types of a whole response. @see https://graphql.github.io/graphql-over-http/draft/#sec-Media-Types */
export type MediaType = 'application/json' | 'application/graphql-response+json';

/** Every media type of a response, for a client that accepts none of them. */
export const MEDIA_TYPES =
  'application/graphql-response+json or application/json, and for subscriptions text/event-stream or multipart/mixed;subscriptionSpec=1.0';

/** The media type of the response, by a range of an Accept header. */
const BY_RANGE: ReadonlyMap<string, MediaType> = new Map([
  ['application/json', 'application/json'],
  ['application/graphql-response+json', 'application/graphql-response+json'],
  ['application/*', 'application/json'],
  ['*/*', 'application/json'],
]);

/** Media types in which yoga responds beside those of {@link MediaType}, and ranges that mean them. */
const OTHERS: ReadonlyMap<string, string> = new Map([
  ['text/event-stream', 'text/event-stream'],
  ['text/*', 'text/event-stream'],
  ['multipart/mixed', 'multipart/mixed'],
  ['multipart/*', 'multipart/mixed'],
]);

const UTF_8: ReadonlySet<string> = new Set(['charset=utf-8', 'charset="utf-8"', 'charset=utf8']);

/** Header values whose reading each function remembers: clients send very few different ones, and short ones. */
const MAX_REMEMBERED = 100;
const MAX_REMEMBERED_LENGTH = 200;

/** A function of a header's value that remembers the results of the first short ones. Without an Accept header all will do. */
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
 * The ranges of an Accept or Accept-Encoding header, in lower case and without white space. The weight is 0 (not acceptable) to
 * 1; it is 1 where there is none, or one that is no number.
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
 * What the range of an Accept header with the highest weight means; of equal weights the first counts.
 *
 * @param meaningOf undefined where the gateway has nothing of the kind
 * @returns undefined where the header accepts nothing that the gateway has
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

/** The media type of a whole response for an Accept header; undefined where the header accepts none. */
export const mediaTypeFor = rememberedHeader((accept: string) =>
  preferredByAccept(accept, (type, parameters) => {
    const charset = parameters.find((parameter) => parameter.includes('charset='));
    if (charset !== undefined && charset !== 'charset=utf-8') return undefined;
    return BY_RANGE.get(type);
  }),
);

/**
 * The one media type that yoga gets to see of an Accept header; undefined where none of them will do. yoga answers an
 * unacceptable header with a header that is 150 times as long, so it must not see one.
 */
export function yogaMediaTypeFor(accept: string | undefined): string | undefined {
  const mediaType = mediaTypeFor(accept);
  if (mediaType !== undefined || accept === undefined) return mediaType;
  for (const { name, parameters } of acceptRanges(accept)) {
    // A client of multipart subscriptions reads everything else as JSON; yoga's own multipart is for `@defer`.
    if (isSubscriptionProtocol(parameters)) return 'application/json';
    const other = OTHERS.get(name);
    if (other !== undefined) return other;
  }
  return undefined;
}

/** Whether the parameters of `multipart/mixed` name the multipart subscription protocol. Without them it may mean `@defer`. */
export function isSubscriptionProtocol(parameters: readonly string[]): boolean {
  return parameters.some((parameter) => parameter.replaceAll('"', '') === 'subscriptionspec=1.0');
}

/** How a request body says what it is: JSON as most clients write it, JSON otherwise, or something that is rejected. */
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
 * Accepts only JSON in UTF-8, not compressed. What a form of another web page can send without a preflight (urlencoded,
 * multipart, plain text, nothing at all) is rejected, so that no page can send an operation in a visitor's name.
 *
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
 */
export function bodyKindOf(headers: IncomingHttpHeaders): BodyKind {
  if (headers['content-encoding'] !== undefined) return 'rejected';
  return classifyContentType(headers['content-type'] ?? '');
}

/** Most characters of a header that a message repeats. */
const MAX_SHOWN = 80;

/** Why a body was rejected, and what is allowed. */
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
