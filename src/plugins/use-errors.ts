import { GraphQLError } from 'graphql';
import type { YogaMaskedErrorOpts } from 'graphql-yoga';
import type { Logger } from 'pino';
import { GatewayError } from '../errors.ts';

/**
 * The one place where errors become what a caller sees. Ours keep their code and message, graphql's own are a caller's
 * mistakes, everything else is masked and logged.
 */
export function maskErrorsWith(log: Logger): YogaMaskedErrorOpts {
  return {
    errorMessage: 'Something went wrong in the gateway. Its operator finds more in the log.',
    maskError(error, errorMessage) {
      const cause = causeOf(error);
      if (cause instanceof GatewayError)
        return located(error, cause.message, { code: cause.code, ...cause.extensions });
      if (error instanceof GraphQLError && error === cause) return withCode(error);
      log.error({ err: cause }, 'unexpected error');
      return located(error, errorMessage, { code: 'INTERNAL_SERVER_ERROR' });
    },
  };
}

/** The innermost error: graphql-js wraps what a resolver throws to say where. */
function causeOf(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError !== undefined
    ? causeOf(error.originalError)
    : error;
}

/** Errors without a code are those of graphql-js' coercion of variables and arguments. */
function withCode(error: GraphQLError): GraphQLError {
  if (error.extensions.code !== undefined) return error;
  return located(error, error.message, { ...error.extensions, code: 'BAD_USER_INPUT' });
}

function located(at: unknown, message: string, extensions: Record<string, unknown>): GraphQLError {
  if (!(at instanceof GraphQLError)) return new GraphQLError(message, { extensions });
  return new GraphQLError(message, { nodes: at.nodes ?? null, path: at.path ?? null, extensions });
}
