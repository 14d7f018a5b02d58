/** Codes of an upstream that fails; the quota may also be short while it does not. */
export const UPSTREAM_CODES = [
  'UPSTREAM_THROTTLED',
  'UPSTREAM_TIMEOUT',
  'UPSTREAM_UNAVAILABLE',
  'UPSTREAM_DENIED',
  'UPSTREAM_BAD_RESPONSE',
] as const;

/** Codes of a request that is refused for what it is. */
export const REFUSALS = [
  'BAD_REQUEST',
  'NOT_FOUND',
  'BAD_USER_INPUT',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_TOO_COMPLEX',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'RATE_LIMITED',
  'SERVICE_UNAVAILABLE',
] as const;

/** Every `extensions.code` that a caller may be told; anything else, INTERNAL_SERVER_ERROR above all, is unexpected. */
export type KnownCode = (typeof UPSTREAM_CODES)[number] | (typeof REFUSALS)[number];
