import { GraphQLError } from 'graphql';

/**
 * The error for an operation that is refused before it costs anything. Its HTTP status is that of a document that is not
 * valid: 400, and 200 in the media type whose answers have no status of their own.
 *
 * @param message what was counted, how much of it, and how much is allowed
 * @param figures the same for programs: what was counted, under its name, and `limit`
 * @see https://graphql.github.io/graphql-over-http/draft/#sec-application-json
 */
export function tooComplex(message: string, figures: Readonly<Record<string, number>>): GraphQLError {
  return new GraphQLError(message, {
    extensions: { code: 'OPERATION_TOO_COMPLEX', ...figures, http: { status: 400, spec: true } },
  });
}
