import type { ErrorCode } from '../../errors.ts';
import { type MediaType, mediaTypeFor } from './content-negotiation.ts';
import type { CommonHeaders, Handler, RequestContext } from './request-context.ts';

/** Sends a small JSON document. */
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

/** Optional parts of a rejection. */
export interface RejectionDetails {
  readonly headers?: CommonHeaders;
  /** Additional `extensions` of the error. */
  readonly extensions?: Readonly<Record<string, number>>;
  /** Label of `voicejobs_http_requests_rejected_total`, where the code does not imply it. */
  readonly reason?: string;
}

/**
 * Rejects a request before it reaches GraphQL, with a GraphQL response in the media type that the client accepts.
 * GraphQL clients read the errors of a 4xx or 5xx response only in `application/graphql-response+json`; with
 * `application/json`, any proxy may have sent it.
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

/** Wraps a handler of a read-only resource: methods other than GET and HEAD get 405. */
export function readOnly(handler: Handler): Handler {
  return (context) => {
    const { request, response, headers } = context;
    if (request.method === 'GET' || request.method === 'HEAD') return handler(context);
    response.writeHead(405, [...headers, 'allow', 'GET, HEAD']).end();
  };
}

/** Header that closes the connection after the response. */
export const CLOSE_CONNECTION: CommonHeaders = ['connection', 'close'];

/** Maximum length of an unread request body, in bytes, for which a rejected request keeps its connection. */
const MAX_BODY_LEFT = 65_536;

/**
 * Headers for the response to a rejected request: closes the connection when the body is long or of unknown length,
 * because draining it would cost more than a new connection.
 */
export function closeBeforeLongBody({ request: { headers } }: RequestContext): CommonHeaders {
  const isLong =
    headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > MAX_BODY_LEFT;
  return isLong ? CLOSE_CONNECTION : [];
}
