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

/** Most validation errors that are reported of one document. */
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

/** The first {@link MAX_ERRORS} errors, and where there are more, one that says so, with their code. */
export function firstOf(errors: readonly GraphQLError[]): readonly GraphQLError[] {
  if (errors.length <= MAX_ERRORS) return errors;
  const { code } = errors[0]?.extensions ?? {};
  const more = new GraphQLError(
    `There are more than ${MAX_ERRORS} errors. Only the first ${MAX_ERRORS} are reported.`,
    { extensions: { code } },
  );
  return [...errors.slice(0, MAX_ERRORS), more];
}

/** Longest name that a message repeats in full, in characters. */
const MAX_NAME_LENGTH = 40;

/** Characters of a message, so that `cutMessage` leaves it whole with ` and others` at its end. */
const MAX_LENGTH = 205;

/** Why `operationName` selects no operation, with the names that the document has, as many as fit into the message. */
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
