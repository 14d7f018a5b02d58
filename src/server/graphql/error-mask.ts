import { GraphQLError } from 'graphql';
import type { Logger } from 'pino';
import { cutMessage, GatewayError } from '../../errors.ts';

/** The error as its caller may see it. */
export type MaskError = (error: unknown) => GraphQLError;

const MASKED = 'Internal error of the gateway. Its operator can find the reason in the log.';

/**
 * The one place where errors become what a caller sees. Ours keep their code and message, graphql's own are a caller's
 * mistakes, everything else is masked and logged.
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

/** The innermost error: graphql-js wraps what a resolver throws to say where. */
function causeOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError !== undefined
    ? causeOf(error.originalError)
    : error;
}

/** Without a path it happened before execution; with one, only the coercion of a field's arguments blames the caller. */
function isCallersMistake({ path, message }: GraphQLError): boolean {
  return path === undefined || message.startsWith('Argument "');
}

/**
 * Errors of graphql-js and yoga say what the caller did wrong. Without a code they come from the coercion of variables
 * and arguments. One that holds the JSON parser's own error, which says no more than the message, loses it; yoga tells by
 * it that the HTTP status is meant for every media type, so that has to be said otherwise. The message can quote a value as
 * long as the request and is cut.
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
