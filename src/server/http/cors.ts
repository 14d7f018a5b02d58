import type { IncomingMessage } from 'node:http';
import type { CommonHeaders, RequestContext } from './request-context.ts';

/**
 * Request headers that every preflight allows, so that browsers can cache the preflight. An origin may also send any
 * other header that it asks for: monitoring libraries add their own (`sentry-trace`, `newrelic`), and without them the
 * whole request would fail.
 */
const REQUEST_HEADERS = [
  ...['content-type', 'authorization', 'x-api-key', 'cache-control', 'x-request-id', 'x-cost'],
  // Name and version of Apollo Client, and the two headers that Apollo's clients send to force a preflight.
  ...['apollographql-client-name', 'apollographql-client-version'],
  ...['apollo-require-preflight', 'x-apollo-operation-name'],
  // https://www.w3.org/TR/trace-context/ and https://www.w3.org/TR/baggage/
  ...['traceparent', 'tracestate', 'baggage'],
];

/** Response headers that a page may read in addition to the CORS-safelisted ones. */
const RESPONSE_HEADERS = ['x-request-id', 'retry-after', 'etag', 'www-authenticate', 'x-upstream'];

/** How long browsers may cache a preflight, in seconds. Chromium caps it at two hours. */
const MAX_AGE_S = 7200;

const PREFLIGHT_HEADERS: CommonHeaders = [
  ...['access-control-allow-methods', 'GET, POST'],
  ...['access-control-max-age', String(MAX_AGE_S)],
  ...['vary', 'Access-Control-Request-Headers'],
];

/** The `token` production, as in header names. @see https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2 */
const TOKEN = /^[!#$%&'*+.^_`|~\w-]+$/;

/** The value of `access-control-allow-headers`: the usual headers, and every valid name that the preflight requests. */
function allowedHeaders(requested: string | undefined): string {
  if (requested === undefined) return REQUEST_HEADERS.join(', ');
  const names = requested
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '*' && TOKEN.test(name));
  return [...new Set([...REQUEST_HEADERS, ...names])].join(', ');
}

/** Headers for origins that may not read the response. `vary` stops caches from reusing it for an origin that may. */
const FOR_OTHERS: CommonHeaders = ['vary', 'Origin'];

/**
 * CORS for the origins in `CORS_ORIGINS`. Credentials are not allowed: pages set API keys and tokens as headers, and
 * the gateway uses no cookies.
 *
 * @param origins as browsers send them
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
    /** CORS headers for every response to this request. */
    headersFor: ({ headers }: IncomingMessage): CommonHeaders => byOrigin.get(headers.origin) ?? FOR_OTHERS,
    /**
     * Responds to a preflight. It carries no credentials, so this runs before authentication.
     *
     * @returns false when the request is not a preflight, or its origin is not in `CORS_ORIGINS`; handle it like any
     *   other request
     */
    handledPreflight({ request: { method, headers }, response, headers: common }: RequestContext): boolean {
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
