/**
 * Everything that can go wrong on purpose: a code for programs and a text for people. Errors are plain `Error`s here;
 * they become GraphQL errors in one place, plugins/use-errors.
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

/** Whether a text from outside is one of these codes. */
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
