/** Codes of a failing upstream. A short quota also occurs while the upstream works. */
export const UPSTREAM_CODES = [
  'UPSTREAM_THROTTLED',
  'UPSTREAM_TIMEOUT',
  'UPSTREAM_UNAVAILABLE',
  'UPSTREAM_DENIED',
  'UPSTREAM_BAD_RESPONSE',
] as const;

/** Codes of requests that are rejected for their own mistakes. */
export const REJECTION_CODES = [
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

/** Every `extensions.code` that may occur; any other one, above all INTERNAL_SERVER_ERROR, is unexpected. */
export type KnownCode = (typeof UPSTREAM_CODES)[number] | (typeof REJECTION_CODES)[number];
