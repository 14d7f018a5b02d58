import type { AuthFailure, AuthResult } from '../auth/auth-result.ts';

const BY_CODE: ReadonlyMap<string | undefined, string> = new Map([
  ['RATE_LIMITED', 'rate_limit'],
  ['OPERATION_TOO_COMPLEX', 'too_complex'],
  ['FORBIDDEN', 'untrusted_document'],
]);

const BY_VERDICT: Readonly<Record<AuthFailure['kind'], string>> = {
  missing: 'no_credential',
  key: 'bad_key',
  token: 'bad_token',
  unchecked: 'token_unchecked',
};

const BY_STATUS: ReadonlyMap<number, string> = new Map([
  [413, 'body_too_large'],
  [415, 'not_json'],
  // An upstream that fails is an error within an answer.
  [503, 'shutting_down'],
]);

/**
 * Why a request was rejected, as a label of a metric; undefined for one that was served, and for one that was wrong in
 * itself. A wrong credential is counted as one also where the rate limit rejected it, so that guessing shows.
 *
 * @param status of the response
 * @param code of the first error
 */
export function refusalReason(
  status: number,
  code: string | undefined,
  verdict: AuthResult | undefined,
): string | undefined {
  const kind = verdict?.refusal?.kind;
  if (kind === 'key' || kind === 'token') return BY_VERDICT[kind];
  const byCode = BY_CODE.get(code);
  if (byCode !== undefined) return byCode;
  if (kind !== undefined) return BY_VERDICT[kind];
  return BY_STATUS.get(status);
}
