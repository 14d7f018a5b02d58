import { expect } from 'vitest';
import type { Asked, Asker } from './asker.ts';
import type { FuzzedGateway } from './fuzzed-gateway.ts';
import { isSound } from './sound.ts';
import type { Vitals } from './vitals-probe.ts';
import type { WireAnswer } from './wire.ts';

/** Codes that a caller may be told while the upstream works. */
const CALLERS_CODES = [
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
 * Whatever was sent, an answer blames nobody but its caller, says so by a code, and can be read.
 *
 * @param sent for the message of a test that does not shrink
 */
export function expectLawful({ status, headers, body }: WireAnswer, sent?: string): void {
  expect(status).toBeGreaterThanOrEqual(200);
  expect(status).toBeLessThan(500);
  expect(body, sent).not.toContain('INTERNAL_SERVER_ERROR');
  if (!/\bjson\b/.test(headers['content-type'] ?? '')) return;
  const { errors = [] } = JSON.parse(body);
  for (const error of errors) expect(CALLERS_CODES).toContain(error.extensions?.code);
}

/** Asks, and holds the answer against the law; what is no sound query may not have reached the upstream either. */
export async function expectLawfulAnswer(
  gateway: FuzzedGateway,
  asker: Asker,
  asked: Asked,
): Promise<WireAnswer> {
  gateway.emulator.resetCalls();
  const answer = await asker.ask(asked);
  expectLawful(answer);
  if (gateway.emulator.calls.length > 0) expect(isSound(asked)).toBe(true);
  return answer;
}

/**
 * What the caches of a gateway come to at most beside what it had at rest, in bytes: of documents, which all differ here, it
 * keeps 32 MiB by its own estimate for each of two endpoints.
 */
const HEAP_ROOM = 120e6;

/** How long a connection may last whose client left without a word in the middle of a request; the gateway allows a minute. */
const CLOSES_MS = 120_000;

/** After everything, the process lives, has let go of every connection, and has written no error of its own. */
export async function expectCalm(gateway: FuzzedGateway, before: Vitals): Promise<void> {
  await expect
    .poll(() => gateway.sockets(), { timeout: CLOSES_MS, interval: 250 })
    .toBeLessThanOrEqual(before.sockets);
  expect((await gateway.vitals()).heapBytes - before.heapBytes).toBeLessThan(HEAP_ROOM);
  expect(gateway.errors).toEqual([]);
}
