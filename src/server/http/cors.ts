import type { IncomingMessage } from 'node:http';
import type { CommonHeaders, RequestContext } from './request-context.ts';

/**
 * Request headers that are always allowed, so that a browser need not ask again for each set of them. An origin may send others
 * that it asks for: monitoring libraries add their own (`sentry-trace`, `newrelic`), without which a request fails as a whole.
 */
const REQUEST_HEADERS = [
  ...['content-type', 'authorization', 'x-api-key', 'cache-control', 'x-request-id', 'x-cost'],
  // Apollo Client's name and version, and the two by which Apollo's clients say that they are no HTML form.
  ...['apollographql-client-name', 'apollographql-client-version'],
  ...['apollo-require-preflight', 'x-apollo-operation-name'],
  // https://www.w3.org/TR/trace-context/ and https://www.w3.org/TR/baggage/
  ...['traceparent', 'tracestate', 'baggage'],
];

/** Response headers that a page may read, beside those that any may. */
const RESPONSE_HEADERS = ['x-request-id', 'retry-after', 'etag', 'www-authenticate', 'x-upstream'];

/** How long a browser may remember a preflight, in seconds: two hours is what Chromium cuts it to. */
const MAX_AGE_S = 7200;

const PREFLIGHT_HEADERS: CommonHeaders = [
  ...['access-control-allow-methods', 'GET, POST'],
  ...['access-control-max-age', String(MAX_AGE_S)],
  ...['vary', 'Access-Control-Request-Headers'],
];

/** A name of a header. @see https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2 */
const TOKEN = /^[!#$%&'*+.^_`|~\w-]+$/;

/** The headers that a preflight allows: the usual ones, and those that it asks for by valid names. */
function allowedHeaders(asked: string | undefined): string {
  if (asked === undefined) return REQUEST_HEADERS.join(', ');
  const names = asked
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '*' && TOKEN.test(name));
  return [...new Set([...REQUEST_HEADERS, ...names])].join(', ');
}

/** Also for origins that may not read it: a cache must not give a response without the header to a page that may. */
const FOR_OTHERS: CommonHeaders = ['vary', 'Origin'];

/**
 * Lets pages of other origins read responses. No credentials are allowed: keys and tokens travel in headers that a page sets
 * itself, and cookies mean nothing here.
 *
 * @param origins as browsers write them
 * @see https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export function createCors(origins: readonly string[]) {
  const byOrigin = new Map<string | undefined, CommonHeaders>(
    origins.map((origin) => [
      origin,
      [
        ...FOR_OTHERS,
        ...['access-control-allow-origin', origin],
        ...['access-control-expose-headers', RESPONSE_HEADERS.join(', ')],
      ],
    ]),
  );
  return {
    /** Headers of every response to this request. */
    headersFor: ({ headers }: IncomingMessage): CommonHeaders => byOrigin.get(headers.origin) ?? FOR_OTHERS,
    /**
     * Answers a preflight, which brings no credentials along and so comes before authentication.
     *
     * @returns false when it is none, or comes from an origin that is not in `CORS_ORIGINS`: then it is a request like any other
     */
    answeredPreflight({ request: { method, headers }, response, headers: common }: RequestContext): boolean {
      if (method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) return false;
      if (!byOrigin.has(headers.origin)) return false;
      const allowed = allowedHeaders(headers['access-control-request-headers']);
      response
        .writeHead(204, [...common, ...PREFLIGHT_HEADERS, 'access-control-allow-headers', allowed])
        .end();
      return true;
    },
  };
}

export type Cors = ReturnType<typeof createCors>;
