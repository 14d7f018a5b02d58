/** Fixed texts: nothing that the upstream says about itself (messages, hosts, keys) may appear in a response. */
const UPSTREAM_MESSAGES = {
  UPSTREAM_THROTTLED: 'The upstream account has used up its request quota. Try again later.',
  UPSTREAM_TIMEOUT: 'The upstream did not respond before the deadline.',
  UPSTREAM_UNAVAILABLE: 'The upstream is unavailable. Try again later.',
  UPSTREAM_DENIED:
    'The upstream rejected the credentials or permissions of this gateway. Its operator can find the reason in the log.',
  UPSTREAM_BAD_RESPONSE: 'The upstream returned an invalid response.',
} as const;

/** Values of `extensions.code` for a failing upstream. */
export type UpstreamErrorCode = keyof typeof UPSTREAM_MESSAGES;

/** Whether a value, for example from another replica, is such a code. */
export function isUpstreamErrorCode(value: unknown): value is UpstreamErrorCode {
  return typeof value === 'string' && Object.hasOwn(UPSTREAM_MESSAGES, value);
}

/**
 * All values of `extensions.code`, in the order of the table in docs/errors.md. The HTTP status is set where an error is
 * sent.
 */
export const ERROR_CODES = [
  'BAD_USER_INPUT',
  'BAD_REQUEST',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'OPERATION_TOO_COMPLEX',
  'PERSISTED_QUERY_NOT_SUPPORTED',
  'PERSISTED_QUERY_NOT_FOUND',
  'NOT_FOUND',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'RATE_LIMITED',
  'SERVICE_UNAVAILABLE',
  'UPSTREAM_THROTTLED',
  'UPSTREAM_TIMEOUT',
  'UPSTREAM_UNAVAILABLE',
  'UPSTREAM_DENIED',
  'UPSTREAM_BAD_RESPONSE',
  'INTERNAL_SERVER_ERROR',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** An error whose code and message are meant for the caller. All other errors are masked. */
export class GatewayError extends Error {
  override readonly name: string = 'GatewayError';
  readonly code: ErrorCode;
  /** Public, including the code. graphql-js copies them to the `extensions` of its own error. */
  readonly extensions: Readonly<Record<string, string | number>>;

  constructor(
    code: ErrorCode,
    message: string,
    extensions: Record<string, string | number> = {},
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.extensions = { code, ...extensions };
  }
}

/** Maximum number of characters of a caller's value in a message. */
export const MAX_QUOTED = 200;

/** Characters that JSON does not escape but a terminal interprets: C1 controls, line breaks, bidirectional controls. */
const INVISIBLE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Escapes control characters that JSON leaves unescaped, as in `\u009b`, for foreign text in a log line. */
export function visible(text: string): string {
  return text.replace(
    INVISIBLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A caller's value as a JSON string, cut to {@link MAX_QUOTED} characters, for messages of the gateway. */
export function quoted(value: string): string {
  const text = visible(JSON.stringify(value.slice(0, MAX_QUOTED)));
  return text.length <= MAX_QUOTED && value.length <= MAX_QUOTED
    ? text
    : `${text.slice(0, MAX_QUOTED - 2)}…"`;
}

/** Characters of a long message that {@link cutMessage} keeps. The shortest text around a value has 20. */
const KEPT_START = 140;
const KEPT_END = 79;

/**
 * Cuts the middle out of a library's message, so that at most {@link MAX_QUOTED} characters of a caller's value remain. The
 * start of a message names what was wrong, the end what is allowed. Constant time.
 */
export function cutMessage(message: string): string {
  if (message.length <= KEPT_START + 1 + KEPT_END) return message;
  return `${message.slice(0, KEPT_START).toWellFormed()}…${message.slice(-KEPT_END).toWellFormed()}`;
}

/** Maximum number of characters of the upstream's text in the log. */
export const MAX_HELD = 12;

/**
 * Describes a value from the upstream for the log: {@link MAX_HELD} characters of a string or number, otherwise its type.
 * Constant time.
 */
export function describeHeld(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string')
    return cut(visible(JSON.stringify(value.slice(0, MAX_HELD))), value.length > MAX_HELD);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = String(value);
  return cut(text.slice(0, MAX_HELD), text.length > MAX_HELD);
}

function cut(text: string, isLonger: boolean): string {
  return isLonger ? `${text}…` : text;
}

/** An invalid argument. The message says what was received and what is allowed. */
export class BadInputError extends GatewayError {
  override readonly name = 'BadInputError';

  /** @param argument the GraphQL argument's name, as in the schema */
  constructor(argument: string, message: string) {
    super('BAD_USER_INPUT', message, { argument });
  }
}

/**
 * Whether a failed read may be retried:
 * - `never`: it would fail again, or its effect is unknown;
 * - `once`: immediately and only once, because a new signature resolves the failure;
 * - `later`: after a backoff, because the upstream fails temporarily;
 * - `throttled`: after a pause, because the account exceeds its quota.
 */
export type RetryKind = 'never' | 'once' | 'later' | 'throttled';

/** Retry-After when the upstream names none: quotas are counted per second. */
const QUOTA_PERIOD_MS = 1000;

export interface UpstreamFailure {
  /** The upstream's id of the request, for its support. */
  upstreamRequestId?: string | undefined;
  /** Retry-After in milliseconds, if known. */
  retryAfterMs?: number | undefined;
  /** For the log only: the upstream's `Code`, an HTTP status or a socket error. */
  detail: string;
  retry?: RetryKind;
  cause?: unknown;
}

/** A failed upstream call. `detail` is for the log only. */
export class UpstreamError extends GatewayError {
  override readonly name = 'UpstreamError';
  declare readonly code: UpstreamErrorCode;
  readonly detail: string;
  readonly retry: RetryKind;
  readonly retryAfterMs: number | undefined;

  constructor(code: UpstreamErrorCode, failure: UpstreamFailure) {
    const { upstreamRequestId } = failure;
    const retryAfterMs =
      failure.retryAfterMs ?? (code === 'UPSTREAM_THROTTLED' ? QUOTA_PERIOD_MS : undefined);
    super(
      code,
      UPSTREAM_MESSAGES[code],
      {
        ...(upstreamRequestId === undefined ? {} : { upstreamRequestId }),
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      },
      failure.cause,
    );
    this.retry = failure.retry ?? 'never';
    this.retryAfterMs = failure.retryAfterMs;
    this.detail = failure.detail;
  }
}
