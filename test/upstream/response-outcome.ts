import { UpstreamError } from '../../src/errors.ts';
import type { OnUnknownCode } from '../../src/upstream/parse-response.ts';
import { parseResponse } from '../../src/upstream/parse-response.ts';

/** Outcome of a response: its body, or the error. */
export function outcomeOf(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
  onUnknownCode?: OnUnknownCode,
): unknown {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  try {
    return parseResponse({ status, header: (name) => headers[name], text }, onUnknownCode);
  } catch (error) {
    return error;
  }
}

/** The error of a response that must be a failure. */
export function failureOf(...answer: Parameters<typeof outcomeOf>): UpstreamError {
  const outcome = outcomeOf(...answer);
  if (!(outcome instanceof UpstreamError)) throw new Error(`no UpstreamError: ${JSON.stringify(outcome)}`);
  return outcome;
}
