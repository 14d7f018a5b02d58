import { preferredByAccept, rememberedHeader } from './content-negotiation.ts';

/** The media types of a whole answer. @see https://graphql.github.io/graphql-over-http/draft/#sec-Media-Types */
export type MediaType = 'application/json' | 'application/graphql-response+json';

/** The media type of the response, by a range of an Accept header. */
const BY_RANGE: ReadonlyMap<string, MediaType> = new Map([
  ['application/json', 'application/json'],
  ['application/graphql-response+json', 'application/graphql-response+json'],
  ['application/*', 'application/json'],
  ['*/*', 'application/json'],
]);

/**
 * The media type of a whole response for an Accept header: of those that the gateway has, the one with the highest weight,
 * the first of equals; undefined where the header takes none of them.
 */
export function mediaTypeFor(accept = '*/*'): MediaType | undefined {
  return choose(accept);
}

/** Media types in which yoga answers beside those of {@link MediaType}, and ranges that mean them. */
const OTHERS: ReadonlyMap<string, string> = new Map([
  ['text/event-stream', 'text/event-stream'],
  ['text/*', 'text/event-stream'],
  ['multipart/mixed', 'multipart/mixed'],
  ['multipart/*', 'multipart/mixed'],
]);

/** Every media type of a response, for a client that takes none of them. */
export const MEDIA_TYPES =
  'application/graphql-response+json or application/json, and for subscriptions text/event-stream or multipart/mixed;subscriptionSpec=1.0';

/**
 * The one media type that yoga gets to see of an Accept header; undefined where none of them will do. yoga answers an
 * unacceptable header with a header that is 150 times as long, so it must not see one.
 */
export function yogaMediaTypeFor(accept: string | undefined): string | undefined {
  const mediaType = mediaTypeFor(accept);
  if (mediaType !== undefined || accept === undefined) return mediaType;
  for (const range of accept.toLowerCase().replace(/\s/g, '').split(',')) {
    const [type = '', ...parameters] = range.split(';');
    // A client of multipart subscriptions reads everything else as JSON; yoga's own multipart is for `@defer`.
    if (isSubscriptionProtocol(parameters)) return 'application/json';
    const other = OTHERS.get(type);
    if (other !== undefined) return other;
  }
  return undefined;
}

/** Whether the parameters of `multipart/mixed` name the multipart subscription protocol. Without them it may mean `@defer`. */
export function isSubscriptionProtocol(parameters: readonly string[]): boolean {
  return parameters.some((parameter) => parameter.replaceAll('"', '') === 'subscriptionspec=1.0');
}

const choose = rememberedHeader((accept: string) =>
  preferredByAccept(accept, (type, parameters) => {
    const charset = parameters.find((parameter) => parameter.includes('charset='));
    if (charset !== undefined && charset !== 'charset=utf-8') return undefined;
    return BY_RANGE.get(type);
  }),
);
