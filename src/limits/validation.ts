import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  NoSchemaIntrospectionCustomRule,
  specifiedRules,
  validate,
} from 'graphql';
import { quoted } from '../errors.ts';

/** Maximum number of validation errors reported per document. */
export const MAX_ERRORS = 10;

/**
 * Validates a document. Stops after {@link MAX_ERRORS} + 1 errors.
 *
 * @param introspection whether `__schema` and `__type` are allowed, and error messages suggest names
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

/** Removes the one suggestion that graphql-js 16 adds despite `hideSuggestions`: that a field needs a selection. */
function dropSelectionHint(error: GraphQLError): void {
  const { message } = error;
  const start = message.endsWith(HINT_END) ? message.lastIndexOf(HINT_START) : -1;
  if (start !== -1) error.message = message.slice(0, start);
}

/** The first {@link MAX_ERRORS} errors; if there are more, plus one that says so, with their code. */
export function firstOf(errors: readonly GraphQLError[]): readonly GraphQLError[] {
  if (errors.length <= MAX_ERRORS) return errors;
  const { code } = errors[0]?.extensions ?? {};
  const more = new GraphQLError(
    `There are more than ${MAX_ERRORS} errors. Only the first ${MAX_ERRORS} are reported.`,
    { extensions: { code } },
  );
  return [...errors.slice(0, MAX_ERRORS), more];
}

/** Maximum length of a name in a message, in characters. */
const MAX_NAME_LENGTH = 40;

/** Maximum length of a message, in characters, so that `cutMessage` does not cut ` and others` at its end. */
const MAX_LENGTH = 205;

/** The error for an `operationName` that selects no operation, with as many of the document's operation names as fit. */
export function unresolvedOperation(document: DocumentNode, name: string | null | undefined): GraphQLError {
  const operations = document.definitions.filter(
    (definition) => definition.kind === Kind.OPERATION_DEFINITION,
  );
  const names = operations.flatMap(({ name }) => name?.value ?? []);
  const wrong =
    name === undefined || name === null
      ? `The document has ${operations.length} operations; \`operationName\` must select one`
      : `The document has no operation ${shown(name)} (\`operationName\`)`;
  return new GraphQLError(`${wrong}. ${available(operations.length, names, MAX_LENGTH - wrong.length)}.`, {
    extensions: { code: 'OPERATION_RESOLUTION_FAILURE', http: { status: 400 } },
  });
}

function available(operations: number, names: readonly string[], room: number): string {
  const [first, ...others] = names.map(shown);
  if (first === undefined) return operations === 0 ? 'It has none' : 'Its only operation has no name';
  let listed = `${others.length === 0 ? 'Expected' : 'Expected one of'} ${first}`;
  for (const other of others) {
    if (listed.length + other.length > room) return `${listed} and others`;
    listed += `, ${other}`;
  }
  return listed;
}

function shown(name: string): string {
  return quoted(name.length > MAX_NAME_LENGTH ? `${name.slice(0, MAX_NAME_LENGTH)}…` : name);
}
