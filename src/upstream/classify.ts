import { UpstreamError, type UpstreamErrorCode } from '../errors.ts';

/** An answer that is not a success, as far as it could be read. */
export interface ErrorAnswer {
  /** HTTP status. */
  readonly status: number;
  /** The upstream's `Code`; undefined where the answer has none. */
  readonly code: string | undefined;
  readonly requestId: string | undefined;
  /** Value of `x-acs-retry-after`, in milliseconds; its presence alone means throttling. */
  readonly retryAfterMs: number | undefined;
}

/** The upstream knows no such job. Not a failure: the caller of rpc decides what it means. */
export class NotFoundError extends Error {
  override readonly name = 'NotFoundError';
}

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
  const { code, status, requestId } = answer;
  const failure = {
    detail: `${code ?? 'no code'}, HTTP ${status}`,
    ...(requestId === undefined ? {} : { upstreamRequestId: requestId }),
    tryAgain: status >= 500 || code === 'SignatureNonceUsed',
  };
  if (answer.retryAfterMs !== undefined) {
    return new UpstreamError('UPSTREAM_THROTTLED', {
      ...failure,
      tryAgain: false,
      retryAfterMs: answer.retryAfterMs,
    });
  }
  const meaning = code === undefined ? undefined : MEANINGS.find(([pattern]) => pattern.test(code))?.[1];
  if (meaning === 'UPSTREAM_THROTTLED') return new UpstreamError(meaning, { ...failure, tryAgain: false });
  if (meaning !== undefined) return new UpstreamError(meaning, failure);
  if (code !== undefined && /NotFound|NotExist/.test(code)) return new NotFoundError(failure.detail);
  if (code !== undefined && /^(Invalid|Missing)/.test(code)) {
    return new RejectedParameterError('UPSTREAM_BAD_RESPONSE', failure);
  }
  return new UpstreamError(status >= 500 ? 'UPSTREAM_UNAVAILABLE' : 'UPSTREAM_BAD_RESPONSE', failure);
}

/**
 * What a failure below HTTP means: a connection that broke is worth one more try, one that cannot be made is not, and
 * an answer that is too large or not HTTP at all will not be better the next time.
 */
export function classifySocketError(error: unknown): UpstreamError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE' || code.startsWith('HPE_')) {
    return new UpstreamError('UPSTREAM_BAD_RESPONSE', { detail: code, cause: error });
  }
  const broken = ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(code);
  return new UpstreamError('UPSTREAM_UNAVAILABLE', { detail: code, tryAgain: broken, cause: error });
}
