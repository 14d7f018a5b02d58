import { type DocumentNode, GraphQLError, Kind } from 'graphql';
import { quoted } from '../errors.ts';

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
      ? `The document has ${operations.length} operations; \`operationName\` has to select one`
      : `The document has no operation ${shown(name)} (\`operationName\`)`;
  return new GraphQLError(`${wrong}; ${available(operations.length, names, MAX_LENGTH - wrong.length)}.`, {
    extensions: { code: 'OPERATION_RESOLUTION_FAILURE', http: { status: 400 } },
  });
}

function available(operations: number, names: readonly string[], room: number): string {
  const [first, ...others] = names.map(shown);
  if (first === undefined) return operations === 0 ? 'it has none' : 'it has one operation, without a name';
  let listed = `${others.length === 0 ? 'allowed is' : 'allowed are'} ${first}`;
  for (const other of others) {
    if (listed.length + other.length > room) return `${listed} and others`;
    listed += `, ${other}`;
  }
  return listed;
}

function shown(name: string): string {
  return quoted(name.length > MAX_NAME_LENGTH ? `${name.slice(0, MAX_NAME_LENGTH)}…` : name);
}
