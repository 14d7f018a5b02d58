import { UpstreamError } from '../errors.ts';
import { type CodeClass, classOf, classOfStatus } from './error-codes.ts';
import type { TransportError } from './transport.ts';

/** A response that is not a success, as far as it could be read. */
export interface ErrorAnswer {
  /** HTTP status. */
  readonly status: number;
  /** The upstream's `Code`; undefined where the response has none. */
  readonly code: string | undefined;
  /** What is wrong with it where there is no code, for the log. */
  readonly flaw: string;
  readonly requestId: string | undefined;
  /** Value of `x-acs-retry-after`, in milliseconds; its presence alone means throttling. */
  readonly retryAfterMs: number | undefined;
  /** How long the account's quota stays used up, in milliseconds, as older headers say; only with throttling. */
  readonly quotaLeftMs: number | undefined;
  /** Whether RAM rejected the call, as `AccessDeniedDetail` says whatever the code is. */
  readonly isDeniedByRam?: boolean;
  /** The RAM action that a policy would have to allow, for the log. */
  readonly deniedAction?: string | undefined;
}

/** Is told about each code that no page documents. */
export type OnUnknownCode = (code: string, status: number) => void;

/** Wrong with the signature and not with the request: gone when the same request is signed again, with a new key if need be. */
const USED_NONCE = 'signaturenonceused';
const EXPIRED_TOKENS: ReadonlySet<string> = new Set([
  'invalidsecuritytoken.expired',
  'authenticationfail.oidctoken.expired',
]);

/** Codes with which the upstream says that a value is wrong, and not the kind of request. */
const ABOUT_A_PARAMETER = /^(?:missing|invalid|illegal)/i;

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

/** The temporary key has expired; there may be a newer one. */
export class ExpiredTokenError extends UpstreamError {}

/** The upstream says that a parameter's value is wrong. */
export class RejectedParameterError extends UpstreamError {}

/**
 * Sorts an unsuccessful response: by its `Code`, by what RAM says, and where neither is known by the family of its HTTP
 * status. A code whose class is only a guess does not count against a status of 5xx.
 *
 * @param onUnknownCode called for a code that is not documented and has no documented prefix
 * @see https://www.alibabacloud.com/help/en/sdk/product-overview/error-codes
 */
export function classify(answer: ErrorAnswer, onUnknownCode?: OnUnknownCode): UpstreamError | NotFoundError {
  const { code, status, requestId, retryAfterMs } = answer;
  const needs = answer.deniedAction === undefined ? '' : `, needs ${answer.deniedAction}`;
  const failure = { detail: `${code ?? answer.flaw}, HTTP ${status}${needs}`, upstreamRequestId: requestId };
  const meaning = meaningOf(answer, onUnknownCode);
  if (meaning === 'throttled' || retryAfterMs !== undefined) {
    const waitMs = retryAfterMs ?? answer.quotaLeftMs;
    return new UpstreamError('UPSTREAM_THROTTLED', { ...failure, retry: 'throttled', retryAfterMs: waitMs });
  }
  switch (meaning) {
    case 'denied':
    case 'misconfigured': {
      const lower = code?.toLowerCase() ?? '';
      if (EXPIRED_TOKENS.has(lower))
        return new ExpiredTokenError('UPSTREAM_DENIED', { ...failure, retry: 'once' });
      return new UpstreamError('UPSTREAM_DENIED', {
        ...failure,
        retry: lower === USED_NONCE ? 'once' : 'never',
      });
    }
    case 'unavailable':
      return new UpstreamError('UPSTREAM_UNAVAILABLE', { ...failure, retry: 'later' });
    case 'not found':
      return new NotFoundError(failure.detail, requestId);
    case 'bad request':
      return code !== undefined && ABOUT_A_PARAMETER.test(code)
        ? new RejectedParameterError('UPSTREAM_BAD_RESPONSE', failure)
        : new UpstreamError('UPSTREAM_BAD_RESPONSE', failure);
    default:
      return new UpstreamError('UPSTREAM_BAD_RESPONSE', failure);
  }
}

function meaningOf(
  { code, status, isDeniedByRam }: ErrorAnswer,
  onUnknownCode: OnUnknownCode | undefined,
): CodeClass | undefined {
  if (code === undefined) {
    if (isDeniedByRam) return 'denied';
    // A page of a proxy says nothing about our permissions.
    const family = classOfStatus(status);
    return family === 'denied' ? undefined : family;
  }
  const known = classOf(code);
  if (known === undefined || known.isGuess) onUnknownCode?.(code, status);
  if (isDeniedByRam && known?.meaning !== 'throttled') return 'denied';
  if (known !== undefined && !(known.isGuess && status >= 500)) return known.meaning;
  return classOfStatus(status);
}

/**
 * What a failure below HTTP means: a connection that broke or cannot be made may well be made later, and a response that is
 * too large or not HTTP at all will not be better the next time.
 */
export function classifyTransportError(error: TransportError): UpstreamError {
  const failure = { detail: error.message, cause: error };
  return error.kind === 'unreadable'
    ? new UpstreamError('UPSTREAM_BAD_RESPONSE', failure)
    : new UpstreamError('UPSTREAM_UNAVAILABLE', { ...failure, retry: 'later' });
}
