import type { Refusal, Verdict } from '../auth/verdict.ts';

const BY_CODE: ReadonlyMap<string | undefined, string> = new Map([
  ['RATE_LIMITED', 'rate_limit'],
  ['OPERATION_TOO_COMPLEX', 'too_complex'],
  ['FORBIDDEN', 'untrusted_document'],
]);

const BY_VERDICT: Readonly<Record<Refusal['kind'], string>> = {
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
 * Why a request was not served, as a label of a metric; undefined for one that was, and for one that was wrong in itself.
 *
 * @param status of the answer
 * @param code of the first error
 */
export function refusalReason(
  status: number,
  code: string | undefined,
  verdict: Verdict | undefined,
): string | undefined {
  const byCode = BY_CODE.get(code);
  if (byCode !== undefined) return byCode;
  if (verdict?.refusal !== undefined) return BY_VERDICT[verdict.refusal.kind];
  return BY_STATUS.get(status);
}
