import type { ServerResponse } from 'node:http';
import { type MediaType, mediaTypeFor } from './media-type.ts';
import { noteOutcome } from './request-context.ts';

/** Sends a small JSON document as a whole. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  mediaType: MediaType = 'application/json',
): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    'content-type': `${mediaType}; charset=utf-8`,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  });
  response.end(text);
}

/**
 * Rejects a request before it reaches GraphQL, in the form of a GraphQL response and in the media type that the client
 * accepts. GraphQL clients read the error of a response with a status of 400 or above only in
 * `application/graphql-response+json`; in `application/json` it may come from any proxy.
 *
 * @see https://graphql.github.io/graphql-over-http/draft/#sec-Processing-the-response
 * @param facts further extensions of the error
 * @param reason label of `http_requests_refused_total` where the code does not tell it
 */
export function sendRefusal(
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  facts: Readonly<Record<string, number>> = {},
  reason?: string,
): void {
  noteOutcome(response.req, { operation: undefined, code, reason });
  const mediaType = mediaTypeFor(response.req.headers.accept) ?? 'application/json';
  sendJson(response, status, { errors: [{ message, extensions: { code, ...facts } }] }, mediaType);
}
