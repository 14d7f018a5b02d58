/**
 * Everything that can go wrong on purpose: a code for programs and a text for people. Errors are plain `Error`s here;
 * they become GraphQL errors in one place, server/graphql/error-mask.ts.
 *
 * Upstream texts are fixed: nothing that the upstream says about itself (its message, hosts, keys) belongs into an
 * answer, so there is nowhere to put it.
 */
const UPSTREAM_MESSAGES = {
  UPSTREAM_THROTTLED: 'The upstream account has used up its request quota. Try again later.',
  UPSTREAM_TIMEOUT: 'The upstream did not answer within the deadline.',
  UPSTREAM_UNAVAILABLE: 'The upstream cannot be reached or is failing. Try again later.',
  UPSTREAM_DENIED:
    'The upstream refuses this gateway: its credentials or their permissions. Its operator finds more in the log.',
  UPSTREAM_BAD_RESPONSE: 'The upstream gave an answer that cannot be read.',
} as const;

/** A code of `extensions.code` that stands for a failing upstream. */
export type UpstreamErrorCode = keyof typeof UPSTREAM_MESSAGES;

/** Whether a value, of another replica for example, is such a code. */
export function isUpstreamErrorCode(value: unknown): value is UpstreamErrorCode {
  return typeof value === 'string' && Object.hasOwn(UPSTREAM_MESSAGES, value);
}

/** A code that the gateway gives to `extensions.code` itself. */
export type ErrorCode = UpstreamErrorCode | 'BAD_USER_INPUT';

/** An error whose code and message are meant for the caller. Everything else is masked on its way out. */
export class GatewayError extends Error {
  override readonly name: string = 'GatewayError';
  readonly code: ErrorCode;
  /** Further public facts, spread into the GraphQL error's `extensions`. */
  readonly extensions: Readonly<Record<string, string | number>>;

  constructor(
    code: ErrorCode,
    message: string,
    extensions: Record<string, string | number> = {},
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.extensions = extensions;
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
 * A message that may quote a value of a caller, cut so that no more than {@link MAX_QUOTED} characters of the value remain.
 * Keeps the start of a long message, which names what was wrong, and its end, which says what is allowed. For messages of
 * libraries, which quote values as long as the request; our own messages cut what they quote. Takes constant time.
 */
export function cutMessage(message: string): string {
  if (message.length <= KEPT_START + 1 + KEPT_END) return message;
  return `${message.slice(0, KEPT_START).toWellFormed()}…${message.slice(-KEPT_END).toWellFormed()}`;
}

/** Most characters of the upstream's own text that the log repeats of a value. */
export const MAX_HELD = 12;

/**
 * What a value of the upstream was, for the log: the first {@link MAX_HELD} characters of a text or a number, the kind of
 * everything else. Takes constant time.
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

/** The caller asked for something that is not allowed. Says which argument, what it got and what is allowed. */
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

/** What a throttled caller is told where the upstream did not say: quotas are counted by the second. */
const QUOTA_PERIOD_MS = 1000;

/** What the log may know about a failed upstream call and the caller may not, but for the request id. */
export interface UpstreamFailure {
  /** The upstream's own id of the call, for its support desk. */
  upstreamRequestId?: string | undefined;
  /** How long to wait before asking again, in milliseconds, where that is known. */
  retryAfterMs?: number | undefined;
  /** For the log alone: the upstream's `Code`, an HTTP status, a socket error. */
  detail: string;
  /** @default 'never' */
  retry?: RetryKind;
  cause?: unknown;
}

/** An upstream call that brought no usable answer. `detail` is for the log and never part of the message. */
export class UpstreamError extends GatewayError {
  override readonly name = 'UpstreamError';
  declare readonly code: UpstreamErrorCode;
  readonly detail: string;
  readonly retry: RetryKind;
  /** As the upstream said; undefined where it did not. */
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
