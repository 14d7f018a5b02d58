import type { ErrorCode } from '../../errors.ts';
import { type MediaType, mediaTypeFor } from './content-negotiation.ts';
import type { CommonHeaders, Handler, RequestContext } from './request-context.ts';

/** Sends a small JSON document as a whole. */
export function sendJson(
  { response, headers }: RequestContext,
  status: number,
  body: unknown,
  mediaType: MediaType = 'application/json',
  more: CommonHeaders = [],
): void {
  const text = `${JSON.stringify(body)}\n`;
  response
    .writeHead(status, [
      ...headers,
      ...['content-type', `${mediaType}; charset=utf-8`],
      ...['content-length', String(Buffer.byteLength(text))],
      ...['cache-control', 'no-store'],
      ...more,
    ])
    .end(text);
}

/** What a rejection says beside its code and message. */
export interface RejectionDetails {
  readonly headers?: CommonHeaders;
  /** Further extensions of the error. */
  readonly extensions?: Readonly<Record<string, number>>;
  /** Label of `voicejobs_http_requests_rejected_total` where the code does not tell it. */
  readonly reason?: string;
}

/**
 * Rejects a request before it reaches GraphQL, in the form of a GraphQL response and in the media type that the client
 * accepts. GraphQL clients read the error of a response with a status of 400 or above only in
 * `application/graphql-response+json`; in `application/json` it may come from any proxy.
 *
 * @see https://graphql.github.io/graphql-over-http/draft/#sec-Processing-the-response
 */
export function sendError(
  context: RequestContext,
  status: number,
  code: ErrorCode,
  message: string,
  { headers, extensions, reason }: RejectionDetails = {},
): void {
  context.outcome = { operation: undefined, code, reason };
  const mediaType = mediaTypeFor(context.request.headers.accept) ?? 'application/json';
  const body = { errors: [{ message, extensions: { code, ...extensions } }] };
  sendJson(context, status, body, mediaType, headers);
}

/** Rejects with 429 and Retry-After. @param closing further headers */
export function sendRateLimited(
  context: RequestContext,
  message: string,
  waitMs: number,
  closing: CommonHeaders = [],
): void {
  sendError(context, 429, 'RATE_LIMITED', message, {
    headers: [...closing, 'retry-after', String(Math.ceil(waitMs / 1000))],
    extensions: { retryAfterMs: Math.ceil(waitMs) },
  });
}

/** Wraps a handler that only reads: other methods get 405. */
export function readOnly(handler: Handler): Handler {
  return (context) => {
    const { request, response, headers } = context;
    if (request.method === 'GET' || request.method === 'HEAD') return handler(context);
    response.writeHead(405, [...headers, 'allow', 'GET, HEAD']).end();
  };
}

/** Closes the connection after the response. */
export const CLOSE_CONNECTION: CommonHeaders = ['connection', 'close'];

/** Longest request body that is read to its end for a request that was rejected, so that the connection can go on, in bytes. */
const MAX_BODY_LEFT = 65_536;

/**
 * For the response to a rejected request: closes the connection where the body is long or of unknown length, because reading
 * it to its end would cost more than a new connection.
 */
export function closeBeforeLongBody({ request: { headers } }: RequestContext): CommonHeaders {
  const isLong =
    headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > MAX_BODY_LEFT;
  return isLong ? CLOSE_CONNECTION : [];
}
