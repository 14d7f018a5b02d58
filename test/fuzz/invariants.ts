import { expect } from 'vitest';
import type { FuzzedGateway } from './fuzzed-gateway.ts';
import type { HttpClient, HttpRequest } from './http-client.ts';
import type { RawResponse } from './raw-http.ts';
import { isValidQuery } from './valid-query.ts';
import type { Vitals } from './vitals-probe.ts';

/** Error codes that a caller may get while the upstream works. */
const CALLER_ERROR_CODES = [
  'BAD_USER_INPUT',
  'BAD_REQUEST',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'OPERATION_TOO_COMPLEX',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
];

/**
 * Expects what holds for the response to any request: no 5xx, no internal error, readable JSON, an error code of the caller.
 *
 * @param sent request text for the failure message of a test that does not shrink
 */
export function expectValidResponse({ status, headers, body }: RawResponse, sent?: string): void {
  expect(status).toBeGreaterThanOrEqual(200);
  expect(status).toBeLessThan(500);
  expect(body, sent).not.toContain('INTERNAL_SERVER_ERROR');
  if (!/\bjson\b/.test(headers['content-type'] ?? '')) return;
  const { errors = [] } = JSON.parse(body);
  for (const error of errors) expect(CALLER_ERROR_CODES).toContain(error.extensions?.code);
}

/** Sends a request and checks its response. Expects that only a valid query reaches the upstream. */
export async function sendAndCheck(
  gateway: FuzzedGateway,
  client: HttpClient,
  request: HttpRequest,
): Promise<RawResponse> {
  gateway.emulator.resetCalls();
  const response = await client.ask(request);
  expectValidResponse(response);
  if (gateway.emulator.calls.length > 0) expect(isValidQuery(request)).toBe(true);
  return response;
}

/**
 * Maximum heap growth by caches, in bytes. Each of the two endpoints keeps up to 32 MiB of documents, which all differ here,
 * by its own estimate.
 */
const MAX_HEAP_GROWTH_BYTES = 120e6;

/** Maximum lifetime of a connection whose client left silently in mid-request. The gateway allows a minute. */
const MAX_CLOSE_MS = 120_000;

/** Expects that, at the end, the process runs, has released all connections and memory, and has logged no error. */
export async function expectReleased(gateway: FuzzedGateway, before: Vitals): Promise<void> {
  await expect
    .poll(() => gateway.sockets(), { timeout: MAX_CLOSE_MS, interval: 250 })
    .toBeLessThanOrEqual(before.sockets);
  expect((await gateway.vitals()).heapBytes - before.heapBytes).toBeLessThan(MAX_HEAP_GROWTH_BYTES);
  expect(gateway.errors).toEqual([]);
}
