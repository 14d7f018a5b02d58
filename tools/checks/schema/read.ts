import { readFileSync } from 'node:fs';
import {
  assertValidSchema,
  buildASTSchema,
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  parse,
  Source,
} from 'graphql';

/**
 * Builds the schema that a file defines; it may be a federation subgraph.
 *
 * @throws Error with the file and, for GraphQL errors, the line
 */
export function readSchema(file: string): GraphQLSchema {
  try {
    return build(parse(new Source(readFileSync(file, 'utf8'), file)));
  } catch (error) {
    // Only the long form of GraphQL errors includes the location.
    throw new Error(
      `${file}: ${error instanceof GraphQLError ? error.toString() : (error as Error).message}`,
    );
  }
}

function build(document: DocumentNode): GraphQLSchema {
  // A subgraph uses imported directives that it does not define, which plain GraphQL considers invalid.
  const assumeValidSDL = isSubgraph(document);
  const schema = buildASTSchema(document, { assumeValidSDL });
  if (!assumeValidSDL) assertValidSchema(schema);
  // `extend type Query` without a Query to extend is silently ignored.
  if (!schema.getQueryType()) throw new Error('there is no type Query');
  return schema;
}

function isSubgraph({ definitions }: DocumentNode): boolean {
  return definitions.some(
    (node) =>
      (node.kind === Kind.SCHEMA_EXTENSION || node.kind === Kind.SCHEMA_DEFINITION) &&
      node.directives?.some(({ name }) => name.value === 'link'),
  );
}
