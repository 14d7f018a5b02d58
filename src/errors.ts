/** Fixed: nothing that the upstream says about itself (message, hosts, keys) belongs into a response. */
const UPSTREAM_MESSAGES = {
  UPSTREAM_THROTTLED: 'The upstream account has used up its request quota. Try again later.',
  UPSTREAM_TIMEOUT: 'The upstream did not respond before the deadline.',
  UPSTREAM_UNAVAILABLE: 'The upstream is unavailable. Try again later.',
  UPSTREAM_DENIED:
    'The upstream rejected the credentials or permissions of this gateway. Its operator can find the reason in the log.',
  UPSTREAM_BAD_RESPONSE: 'The upstream returned an invalid response.',
} as const;

/** A code of `extensions.code` that stands for a failing upstream. */
export type UpstreamErrorCode = keyof typeof UPSTREAM_MESSAGES;

/** Whether a value, of another replica for example, is such a code. */
export function isUpstreamErrorCode(value: unknown): value is UpstreamErrorCode {
  return typeof value === 'string' && Object.hasOwn(UPSTREAM_MESSAGES, value);
}

/**
 * Every `extensions.code` that a response can have, in the order of the table in docs/errors.md. The HTTP status of each stands
 * where it is sent.
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

/** An error whose code and message are meant for the caller. Everything else is masked on its way out. */
export class GatewayError extends Error {
  override readonly name: string = 'GatewayError';
  readonly code: ErrorCode;
  /** Public, the code included. graphql-js copies them to the `extensions` of its own error. */
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

/** Most characters of a caller's value that a message may repeat. */
export const MAX_QUOTED = 200;

/** Characters that JSON leaves as they are and a terminal acts on: C1 controls, line breaks, marks of a text's direction. */
const INVISIBLE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Foreign text for a line of JSON, with the control characters that JSON does not escape written as in `\u009b`. */
export function visible(text: string): string {
  return text.replace(
    INVISIBLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A caller's value in quotation marks, as JSON writes it, cut to {@link MAX_QUOTED} characters: for our own messages. */
export function quoted(value: string): string {
  const text = visible(JSON.stringify(value.slice(0, MAX_QUOTED)));
  return text.length <= MAX_QUOTED && value.length <= MAX_QUOTED
    ? text
    : `${text.slice(0, MAX_QUOTED - 2)}…"`;
}

/** Characters that {@link cutMessage} keeps of a long message. The shortest wording around a value has 20. */
const KEPT_START = 140;
const KEPT_END = 79;

/**
 * A message of a library without its middle, so that no more than {@link MAX_QUOTED} characters of a caller's value remain. The
 * start names what was wrong, the end what is allowed. Takes constant time.
 */
export function cutMessage(message: string): string {
  if (message.length <= KEPT_START + 1 + KEPT_END) return message;
  return `${message.slice(0, KEPT_START).toWellFormed()}…${message.slice(-KEPT_END).toWellFormed()}`;
}

/** Most characters of the upstream's own text that the log repeats of a value. */
export const MAX_HELD = 12;

/** A value of the upstream for the log: {@link MAX_HELD} characters of a text or number, else its kind. Takes constant time. */
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

/** A wrong argument. The message says what it got and what is allowed. */
export class BadInputError extends GatewayError {
  override readonly name = 'BadInputError';

  /** @param argument the GraphQL argument's name, as in the schema */
  constructor(argument: string, message: string) {
    super('BAD_USER_INPUT', message, { argument });
  }
}

/**
 * Whether a read that failed may be sent again:
 * - `never`: it would fail again, or nobody knows what it did;
 * - `once`: what was wrong is gone with a new signature, so at once, but only once;
 * - `later`: the upstream is failing, which passes;
 * - `throttled`: the account asks too often, which passes when it asks less.
 */
export type RetryKind = 'never' | 'once' | 'later' | 'throttled';

/** Retry-After where the upstream did not say: quotas are counted by the second. */
const QUOTA_PERIOD_MS = 1000;

export interface UpstreamFailure {
  /** The upstream's own id of the call, for its support desk. */
  upstreamRequestId?: string | undefined;
  /** How long to wait before asking again, in milliseconds, where that is known. */
  retryAfterMs?: number | undefined;
  /** For the log alone: the upstream's `Code`, an HTTP status, a socket error. */
  detail: string;
  retry?: RetryKind;
  cause?: unknown;
}

/** A failed upstream call. `detail` is for the log alone. */
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
