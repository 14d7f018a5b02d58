/** The media types of a whole answer. @see https://graphql.github.io/graphql-over-http/draft/#sec-Media-Types */
export type MediaType = 'application/json' | 'application/graphql-response+json';

/** The media type of the response, by a range of an Accept header. */
const BY_RANGE: ReadonlyMap<string, MediaType> = new Map([
  ['application/json', 'application/json'],
  ['application/graphql-response+json', 'application/graphql-response+json'],
  ['application/*', 'application/json'],
  ['*/*', 'application/json'],
]);

/** Headers whose answer is remembered: clients send very few different ones. */
const MAX_REMEMBERED = 100;
const remembered = new Map<string, MediaType | undefined>();

/**
 * The media type of a whole answer for an Accept header: of those we have, the one that it names first, as yoga chooses it;
 * undefined where it names none of them.
 */
export function mediaTypeFor(accept = '*/*'): MediaType | undefined {
  if (remembered.has(accept)) return remembered.get(accept);
  const mediaType = choose(accept);
  if (remembered.size < MAX_REMEMBERED) remembered.set(accept, mediaType);
  return mediaType;
}

function choose(accept: string): MediaType | undefined {
  for (const range of accept.toLowerCase().replace(/\s/g, '').split(',')) {
    const [type = '', ...parameters] = range.split(';');
    const charset = parameters.find((parameter) => parameter.includes('charset='));
    if (charset === undefined || charset === 'charset=utf-8') {
      const mediaType = BY_RANGE.get(type);
      if (mediaType !== undefined) return mediaType;
    }
  }
  return undefined;
}
