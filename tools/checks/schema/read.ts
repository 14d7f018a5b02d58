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
 * The schema that a file defines; a subgraph for a federation, too.
 *
 * @throws Error that names the file and, where GraphQL tells it, the line
 */
export function readSchema(file: string): GraphQLSchema {
  try {
    return build(parse(new Source(readFileSync(file, 'utf8'), file)));
  } catch (error) {
    // Of GraphQL's own errors only the long form shows the place.
    throw new Error(
      `${file}: ${error instanceof GraphQLError ? error.toString() : (error as Error).message}`,
    );
  }
}

function build(document: DocumentNode): GraphQLSchema {
  // A subgraph uses directives that it only imports, so for GraphQL alone it is no valid schema.
  const assumeValidSDL = isSubgraph(document);
  const schema = buildASTSchema(document, { assumeValidSDL });
  if (!assumeValidSDL) assertValidSchema(schema);
  // `extend type Query`, without a Query to extend, would be left out in silence.
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
