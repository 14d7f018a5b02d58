import { GraphQLError } from 'graphql';
import type { Logger } from 'pino';
import { cutMessage, GatewayError } from '../../errors.ts';

/** Converts an error to what its caller may see. */
export type MaskError = (error: unknown) => GraphQLError;

const MASKED = 'Internal error of the gateway. Its operator can find the reason in the log.';

/**
 * Masks errors for callers, in one place. Errors of the gateway keep their code and message, those of graphql-js are the
 * caller's mistakes, and everything else is masked and logged.
 */
export function createErrorMask(log: Logger): MaskError {
  return (error) => {
    const cause = causeOf(error);
    if (cause instanceof GatewayError) return located(error, cause.message, cause.extensions);
    if (error instanceof GraphQLError && cause instanceof GraphQLError && isCallersMistake(error))
      return withCode(error);
    if (cause instanceof Error && cause.name === 'AbortError') log.debug('the client disconnected');
    else log.error({ err: cause }, 'unexpected error');
    return located(error, MASKED, { code: 'INTERNAL_SERVER_ERROR' });
  };
}

/** The innermost error. graphql-js wraps what a resolver throws to add locations. */
function causeOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError !== undefined
    ? causeOf(error.originalError)
    : error;
}

/**
 * An error without a path occurred before execution. One with a path is the caller's mistake only if argument coercion
 * failed.
 */
function isCallersMistake({ path, message }: GraphQLError): boolean {
  return path === undefined || message.startsWith('Argument "');
}

/**
 * Adds a code to errors of graphql-js and yoga; one without a code comes from the coercion of variables or arguments. Cuts
 * the message, which may quote a value as long as the request. Drops the JSON parser's error (`originalError`), which says no
 * more than the message. yoga takes its presence as a sign that the HTTP status applies to every media type, so `http.spec`
 * has to say that instead.
 */
function withCode(error: GraphQLError): GraphQLError {
  error.message = cutMessage(error.message);
  const { originalError, http, code = 'BAD_USER_INPUT', ...extensions } = error.extensions;
  if (originalError === undefined && error.extensions.code !== undefined) return error;
  const status = http === undefined ? {} : { http: { ...http, spec: originalError === undefined } };
  return located(error, error.message, { ...extensions, ...status, code });
}

function located(at: unknown, message: string, extensions: Readonly<Record<string, unknown>>): GraphQLError {
  if (!(at instanceof GraphQLError)) return new GraphQLError(message, { extensions });
  return new GraphQLError(message, { nodes: at.nodes ?? null, path: at.path ?? null, extensions });
}
