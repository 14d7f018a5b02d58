import { UpstreamError, type UpstreamErrorCode } from '../errors.ts';
import { UnreadableAnswerError } from './http/unreadable.ts';

/** An answer that is not a success, as far as it could be read. */
export interface ErrorAnswer {
  /** HTTP status. */
  readonly status: number;
  /** The upstream's `Code`; undefined where the answer has none. */
  readonly code: string | undefined;
  /** What is wrong with it where there is no code, for the log. */
  readonly flaw: string;
  readonly requestId: string | undefined;
  /** Value of `x-acs-retry-after`, in milliseconds; its presence alone means throttling. */
  readonly retryAfterMs: number | undefined;
  /** How long the account's quota stays used up, in milliseconds, as older headers say; of meaning with throttling only. */
  readonly quotaLeftMs: number | undefined;
}

/** Wrong with the signature and not with what was asked: gone when the same is signed anew, by a new key if need be. */
const USED_NONCE = 'SignatureNonceUsed';
const EXPIRED_TOKEN = 'InvalidSecurityToken.Expired';

/** HTTP status; the vendor's clients take it for throttling too. */
const TOO_MANY_REQUESTS = 429;

/** The upstream knows no such job. Not a failure: the caller of rpc decides what it means. */
export class NotFoundError extends Error {
  override readonly name = 'NotFoundError';
  /** The upstream's own id of the call, where it is known. */
  readonly upstreamRequestId: string | undefined;

  constructor(message: string, upstreamRequestId: string | undefined) {
    super(message);
    this.upstreamRequestId = upstreamRequestId;
  }
}

/** The temporary key has come to its end; there may be a newer one. */
export class ExpiredTokenError extends UpstreamError {}

/** The upstream says that a parameter's value is wrong. */
export class RejectedParameterError extends UpstreamError {}

/**
 * What the upstream's `Code` means for our callers; the first pattern that fits decides. The HTTP status is no guide:
 * the vendor's pages give different ones for the same code, and 400 for throttling.
 *
 * @see https://www.alibabacloud.com/help/en/sdk/product-overview/error-codes
 */
const MEANINGS: readonly (readonly [RegExp, UpstreamErrorCode])[] = [
  [/^Throttling/, 'UPSTREAM_THROTTLED'],
  [/^(InvalidAccessKeyId|SignatureDoesNotMatch|IncompleteSignature|SignatureNonceUsed)/, 'UPSTREAM_DENIED'],
  [/^(InvalidTimeStamp|InvalidSecurityToken|MissingSecurityToken)/, 'UPSTREAM_DENIED'],
  [/^(Forbidden|NoPermission)/, 'UPSTREAM_DENIED'],
  [/^(InvalidApi|InvalidProduct|InvalidVersion|InvalidProtocol|InvalidAction)/, 'UPSTREAM_DENIED'],
  [/^(InternalError|ServiceUnavailable)/, 'UPSTREAM_UNAVAILABLE'],
];

/** Sorts an unsuccessful answer by its `Code` and, where there is none, by whether the server itself failed. */
export function classify(answer: ErrorAnswer): UpstreamError | NotFoundError {
  const { code, status, requestId, retryAfterMs } = answer;
  const failure = { detail: `${code ?? answer.flaw}, HTTP ${status}`, upstreamRequestId: requestId };
  const meaning = code === undefined ? undefined : MEANINGS.find(([pattern]) => pattern.test(code))?.[1];
  const isThrottled =
    meaning === 'UPSTREAM_THROTTLED' || (code === undefined && status === TOO_MANY_REQUESTS);
  if (isThrottled || retryAfterMs !== undefined) {
    const waitMs = retryAfterMs ?? answer.quotaLeftMs;
    return new UpstreamError('UPSTREAM_THROTTLED', { ...failure, retry: 'throttled', retryAfterMs: waitMs });
  }
  if (code === EXPIRED_TOKEN) return new ExpiredTokenError('UPSTREAM_DENIED', { ...failure, retry: 'once' });
  if (meaning === 'UPSTREAM_DENIED') {
    return new UpstreamError(meaning, { ...failure, retry: code === USED_NONCE ? 'once' : 'never' });
  }
  if (status >= 500 || meaning !== undefined) {
    return new UpstreamError('UPSTREAM_UNAVAILABLE', { ...failure, retry: 'later' });
  }
  if (code !== undefined && /NotFound|NotExist/.test(code))
    return new NotFoundError(failure.detail, requestId);
  if (code !== undefined && /^(Invalid|Missing)/.test(code)) {
    return new RejectedParameterError('UPSTREAM_BAD_RESPONSE', failure);
  }
  return new UpstreamError('UPSTREAM_BAD_RESPONSE', failure);
}

/**
 * What a failure below HTTP means: a connection that broke or cannot be made may well be made later, and an answer that is
 * too large or not HTTP at all will not be better the next time.
 */
export function classifySocketError(error: unknown): UpstreamError {
  if (error instanceof UnreadableAnswerError)
    return new UpstreamError('UPSTREAM_BAD_RESPONSE', { detail: error.message, cause: error });
  const { name, code } = toError(error);
  // Not the message: it names hosts.
  return new UpstreamError('UPSTREAM_UNAVAILABLE', { detail: code ?? name, cause: error, retry: 'later' });
}

function toError(error: unknown): { readonly name: string; readonly code?: string | undefined } {
  if (!(error instanceof Error)) return { name: typeof error };
  return {
    name: error.name,
    code: 'code' in error && typeof error.code === 'string' ? error.code : undefined,
  };
}
