import { GraphQLError } from 'graphql';

/** As graphql-js ends a message: names in quotes, after which nothing comes. What a caller has sent stands before it. */
const SUGGESTION = / Did you mean (?!.* Did you mean )[^?]*\?$/s;

/** The same error without the names that would have been right, which tell of a schema that is not to be told. */
export function withoutSuggestion(error: GraphQLError): GraphQLError {
  const message = error.message.replace(SUGGESTION, '');
  if (message === error.message) return error;
  const { nodes = null, path = null, extensions } = error;
  return new GraphQLError(message, { nodes, path, extensions });
}
