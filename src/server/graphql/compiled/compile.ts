import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNullableType,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { type Assemble, type Complete, isText, leaf, list, nonNull, object, oneOf } from './complete.ts';
import { Field } from './field.ts';
import { fieldsFor } from './fields.ts';
import { variablesOf } from './inputs.ts';
import { type Prepared, Run } from './run.ts';
import { type Part, written } from './written.ts';

/** Fields of a query, past which compiling takes longer than it saves. */
const MAX_FIELDS = 300;

/** Data of a run; undefined when something was not plain, be it an error or a null where none may be. */
export type CompiledQuery = (
  context: unknown,
  variables: Readonly<Record<string, unknown>> | undefined,
) => Promise<Record<string, unknown> | undefined>;

/**
 * A valid query as code that does what it asks for and nothing else. Knows the way on which nothing goes wrong and no other:
 * a run that comes to an error ends without a result, for graphql-js to run the query and say what is wrong. What was read
 * until then is read already, since a request reads each page once.
 *
 * @returns undefined for what is not plain: directives, introspection, an alias that JavaScript takes for a prototype, types
 *   that tell themselves what is of them, and what is very long
 */
export function compile(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): CompiledQuery | undefined {
  const queryType = schema.getQueryType();
  if (!queryType || usesRareParts(document)) return undefined;
  const fragments: Record<string, FragmentDefinitionNode> = Object.create(null);
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition;
  const prepared: Prepared = { schema, operation, fragments };
  const assemble = new Compiler(prepared).assembler(queryType, [operation.selectionSet]);
  if (assemble === undefined) return undefined;

  const coerced = variablesOf(schema, operation);
  return (context, variables) =>
    new Promise((resolve) => {
      let data: Record<string, unknown> | undefined;
      const run = new Run(prepared, context, (isWhole) => resolve(isWhole ? data : undefined));
      run.do(() => {
        run.variables = coerced(variables);
        data = assemble(undefined, run, undefined);
      });
    });
}

function usesRareParts(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Directive: () => {
      found = true;
    },
    Name: ({ value }) => {
      if (value.startsWith('__') && value !== '__typename') found = true;
    },
  });
  return found;
}

class Compiler {
  readonly #prepared: Prepared;
  #fields = 0;

  constructor(prepared: Prepared) {
    this.#prepared = prepared;
  }

  /** Undefined for what is not plain. */
  assembler(type: GraphQLObjectType, selectionSets: readonly SelectionSetNode[]): Assemble | undefined {
    if (type.isTypeOf) return undefined;
    const { schema, fragments } = this.#prepared;
    const parts: Part[] = [];
    for (const [key, nodes] of fieldsFor(schema, fragments, type, selectionSets)) {
      this.#fields++;
      const [node] = nodes;
      if (node === undefined || this.#fields > MAX_FIELDS) return undefined;
      if (node.name.value === '__typename') {
        parts.push({ key, constant: type.name });
        continue;
      }
      const definition = type.getFields()[node.name.value];
      if (definition === undefined) return undefined;
      const field = new Field(key, definition, type, [node, ...nodes.slice(1)]);
      const complete = this.#complete(definition.type, field);
      if (complete === undefined) return undefined;
      parts.push({
        key,
        property: definition.name,
        resolve: field.resolver,
        isText: isText(getNullableType(definition.type)),
        slot: field.slot(complete, isLeafType(getNullableType(definition.type))),
      });
    }
    return written(parts);
  }

  #complete(type: GraphQLOutputType, field: Field): Complete | undefined {
    if (isNonNullType(type)) return mapped(this.#complete(type.ofType, field), nonNull);
    if (isListType(type)) return mapped(this.#complete(type.ofType, field), list);
    if (isLeafType(type)) return leaf(type);
    const selectionSets = selectionSetsOf(field.nodes);
    if (isObjectType(type)) return mapped(this.assembler(type, selectionSets), object);
    if (!isAbstractType(type) || type.resolveType === undefined) return undefined;
    const assemblers = new Map<string, Assemble>();
    for (const possible of this.#prepared.schema.getPossibleTypes(type)) {
      const assemble = this.assembler(possible, selectionSets);
      if (assemble === undefined) return undefined;
      assemblers.set(possible.name, assemble);
    }
    return oneOf(type, assemblers, (run, path) => field.infoAt(run, path as NonNullable<typeof path>));
  }
}

function mapped<From, To>(value: From | undefined, map: (value: From) => To): To | undefined {
  return value === undefined ? undefined : map(value);
}

function selectionSetsOf(nodes: readonly FieldNode[]): SelectionSetNode[] {
  return nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
}
