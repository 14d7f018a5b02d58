import { describeHeld, UpstreamError } from '../errors.ts';
import { MAX_PAUSE_MS, nameIn } from '../foreign-values.ts';
import { type CodeClass, classOf, classOfStatus } from './error-codes.ts';
import type { HttpResponse, TransportError } from './transport.ts';

export type OnUnknownCode = (code: string, status: number) => void;

/** The upstream does not find the requested object. Not a failure of the call; the caller decides what it means. */
export class NotFoundError extends Error {
  override readonly name = 'NotFoundError';
  readonly upstreamRequestId: string | undefined;

  constructor(message: string, upstreamRequestId: string | undefined) {
    super(message);
    this.upstreamRequestId = upstreamRequestId;
  }
}

/** The temporary key has expired; the credential chain may return a newer one. */
export class ExpiredTokenError extends UpstreamError {}

/** The upstream rejects the value of a parameter. */
export class RejectedParameterError extends UpstreamError {}

/** A field of a successful response cannot be read. The call fails with UPSTREAM_BAD_RESPONSE. */
export class UnreadableFieldError extends Error {
  override readonly name = 'UnreadableFieldError';

  /**
   * @param path of the field in the response, as in `Data.TotalCount`
   * @param value of the field
   * @param expected completes "expected …"
   */
  constructor(path: string, value: unknown, expected: string) {
    super(`${path} holds ${describeHeld(value)}, expected ${expected}`);
  }
}

/**
 * Parses a successful response to a JSON object. Success means `Success: true`: the vendor documents that it may be false
 * with HTTP 200.
 *
 * @param onUnknownCode called for a code without a documented code or prefix
 * @throws UpstreamError or NotFoundError for anything else, classified by the upstream's `Code`
 */
export function parseResponse(
  response: HttpResponse,
  onUnknownCode?: OnUnknownCode,
): Record<string, unknown> {
  const body = parseObject(response.text);
  if (body !== undefined && response.status < 300 && body.Success === true) return body;
  throw errorOf(response, body, onUnknownCode);
}

/** Parses JSON, or `Code` and `RequestId` of the vendor's XML error body; undefined for anything else. */
function parseObject(text: string): Record<string, unknown> | undefined {
  if (text.trimStart().startsWith('<')) {
    const Code = /<Code>([^<]*)<\/Code>/.exec(text)?.[1];
    return Code === undefined
      ? undefined
      : { Code, RequestId: /<RequestId>([^<]*)<\/RequestId>/.exec(text)?.[1] };
  }
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Codes of failures that a new signature, or a new key, resolves. */
const USED_NONCE = 'signaturenonceused';
const EXPIRED_TOKENS: ReadonlySet<string> = new Set([
  'invalidsecuritytoken.expired',
  'authenticationfail.oidctoken.expired',
]);

/** Codes with which the upstream rejects a value rather than the kind of request. */
const ABOUT_A_PARAMETER = /^(?:missing|invalid|illegal)/i;

/**
 * Classifies an unsuccessful response by its `Code`, then by RAM's details, then by its HTTP status. A status of 5xx
 * overrides a guessed class.
 *
 * @see https://www.alibabacloud.com/help/en/sdk/product-overview/error-codes
 */
function errorOf(
  response: HttpResponse,
  body: Record<string, unknown> | undefined,
  onUnknownCode: OnUnknownCode | undefined,
): UpstreamError | NotFoundError {
  const { status } = response;
  // The vendor's own clients accept names in lower case, too.
  const code = nameIn(body?.Code) ?? nameIn(body?.code);
  const ramDetail = body?.AccessDeniedDetail;
  const isDeniedByRam = typeof ramDetail === 'object' && ramDetail !== null;
  const needs = isDeniedByRam ? neededAction((ramDetail as Record<string, unknown>).AuthAction) : '';
  const failure = {
    detail: `${code ?? flawOf(response, body)}, HTTP ${status}${needs}`,
    upstreamRequestId:
      nameIn(body?.RequestId) ?? nameIn(body?.requestId) ?? nameIn(response.header('x-acs-request-id')),
  };
  const meaning = meaningOf(code, status, isDeniedByRam, onUnknownCode);
  const retryAfterMs = retryAfterIn(response);
  // The header means throttling, whatever the code.
  if (meaning === 'throttled' || retryAfterMs !== undefined)
    return new UpstreamError('UPSTREAM_THROTTLED', {
      ...failure,
      retry: 'throttled',
      retryAfterMs: retryAfterMs ?? quotaResetIn(response),
    });
  switch (meaning) {
    case 'denied':
    case 'misconfigured': {
      const lower = code?.toLowerCase() ?? '';
      if (EXPIRED_TOKENS.has(lower))
        return new ExpiredTokenError('UPSTREAM_DENIED', { ...failure, retry: 'once' });
      const retry = lower === USED_NONCE ? 'once' : 'never';
      return new UpstreamError('UPSTREAM_DENIED', { ...failure, retry });
    }
    case 'unavailable':
      return new UpstreamError('UPSTREAM_UNAVAILABLE', { ...failure, retry: 'later' });
    case 'not found':
      return new NotFoundError(failure.detail, failure.upstreamRequestId);
    default:
      return meaning === 'bad request' && code !== undefined && ABOUT_A_PARAMETER.test(code)
        ? new RejectedParameterError('UPSTREAM_BAD_RESPONSE', failure)
        : new UpstreamError('UPSTREAM_BAD_RESPONSE', failure);
  }
}

/** The RAM action that a policy must allow, as in `ice:ListCustomizedVoiceJobs`. */
function neededAction(value: unknown): string {
  return typeof value === 'string' && /^[\w-]{1,40}:\w{1,80}$/.test(value) ? `, needs ${value}` : '';
}

/** Why a response is neither a success nor an error with a code: a field, its value and what was expected. */
function flawOf({ text }: HttpResponse, body: Record<string, unknown> | undefined): string {
  if (body === undefined) return `body holds ${describeHeld(text)}, expected a JSON object`;
  if (body.Success === true) return 'Success is true, but the HTTP status is not 2xx';
  const code = body.Code ?? body.code;
  if (code !== undefined && code !== null && body.Success === undefined)
    return `Code holds ${describeHeld(code)}, expected an error code`;
  return `Success holds ${describeHeld(body.Success)}, expected true`;
}

function meaningOf(
  code: string | undefined,
  status: number,
  isDeniedByRam: boolean,
  onUnknownCode: OnUnknownCode | undefined,
): CodeClass | undefined {
  if (code === undefined) {
    if (isDeniedByRam) return 'denied';
    // An error page of a proxy proves nothing about the gateway's permissions.
    const family = classOfStatus(status);
    return family === 'denied' ? undefined : family;
  }
  const known = classOf(code);
  if (known === undefined || known.isGuess) onUnknownCode?.(code, status);
  if (isDeniedByRam && known?.meaning !== 'throttled') return 'denied';
  if (known !== undefined && !(known.isGuess && status >= 500)) return known.meaning;
  return classOfStatus(status);
}

const POSITIVE = /^[1-9]\d{0,14}$/;

/**
 * The pause that newer front ends of the upstream request, in milliseconds. As in the vendor's clients, only positive whole
 * numbers count.
 */
function retryAfterIn({ header }: HttpResponse): number | undefined {
  const text = header('x-acs-retry-after');
  return text !== undefined && POSITIVE.test(text) ? Math.min(Number(text), MAX_PAUSE_MS) : undefined;
}

const TIME_LEFT = 'TimeLeft:';

/** Milliseconds until the quota resets, from headers of older front ends, as in `Limit:1,Remain:0,TimeLeft:2000`. */
function quotaResetIn({ header }: HttpResponse): number | undefined {
  const left = ['x-ratelimit-user-api', 'x-ratelimit-user'].flatMap((name) => {
    const field = (header(name) ?? '').split(',').find((text) => text.trimStart().startsWith(TIME_LEFT));
    const text = field?.trimStart().slice(TIME_LEFT.length);
    return text !== undefined && POSITIVE.test(text) ? [Number(text)] : [];
  });
  return left.length === 0 ? undefined : Math.min(Math.max(...left), MAX_PAUSE_MS);
}

/** Converts a failure below HTTP. */
export function classifyTransportError(error: TransportError): UpstreamError {
  const { kind, message } = error;
  const code = kind === 'broken' ? 'UPSTREAM_UNAVAILABLE' : 'UPSTREAM_BAD_RESPONSE';
  const retry = kind === 'unreadable' ? 'never' : 'later';
  return new UpstreamError(code, { detail: message, cause: error, retry });
}
