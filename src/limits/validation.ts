import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
  specifiedRules,
  validate,
} from 'graphql';

/** Errors that are told of one document. Whoever wrote it mends it one by one; a thousand are an answer larger than the text. */
export const MAX_ERRORS = 10;

/**
 * Validates a document. Stops when there are more errors than {@link MAX_ERRORS}.
 *
 * @param introspection whether `__schema` and `__type` are allowed, and names are suggested
 */
export function validateDocument(
  schema: GraphQLSchema,
  document: DocumentNode,
  introspection: boolean,
): readonly GraphQLError[] {
  if (introspection) return validate(schema, document, specifiedRules, { maxErrors: MAX_ERRORS });
  const rules = [...specifiedRules, NoSchemaIntrospectionCustomRule];
  const errors = validate(schema, document, rules, { maxErrors: MAX_ERRORS, hideSuggestions: true });
  for (const error of errors) dropSelectionHint(error);
  return errors;
}

const HINT_START = ' Did you mean "';
const HINT_END = ' { ... }"?';

/** Removes the one suggestion that graphql-js 16 makes in spite of `hideSuggestions`: that a field needs a selection. */
function dropSelectionHint(error: GraphQLError): void {
  const { message } = error;
  const start = message.endsWith(HINT_END) ? message.lastIndexOf(HINT_START) : -1;
  if (start !== -1) error.message = message.slice(0, start);
}

/** As many errors as are told, and where there are more, a line that says so, with the code of the others. */
export function firstOf(errors: readonly GraphQLError[]): readonly GraphQLError[] {
  if (errors.length <= MAX_ERRORS) return errors;
  const { code } = errors[0]?.extensions ?? {};
  const more = new GraphQLError(`There are more errors than these ${MAX_ERRORS}.`, { extensions: { code } });
  return [...errors.slice(0, MAX_ERRORS), more];
}
