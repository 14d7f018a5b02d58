import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  getNullableType,
  isListType,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';

/** Fields of an operation with its fragments written out, past which compiling takes longer than it saves. */
const MAX_FIELDS = 300;

/**
 * Whether the compiler can be trusted with a query. graphql-jit 0.8.9 differs from graphql-js in ways that our tests have
 * found: lists of promises of which one fails change their length, directives change the order of fields or forget a null,
 * variables inside a scalar's literal are lost, `__proto__` is taken for a prototype, and nested fragments are written out
 * without end. So only what has none of these is compiled: the plain queries, which are nearly all.
 */
export function isCompilable(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): boolean {
  return (
    !usesRareParts(document) && !listsAtRoot(schema, operation) && fieldsOf(document, operation) <= MAX_FIELDS
  );
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

/**
 * Variables with which the compiler goes wrong when they are null: those with a default, and those that stand where no null
 * may, which is allowed where the argument has a default.
 */
export function variablesNeverNull(schema: GraphQLSchema, document: DocumentNode): ReadonlySet<string> {
  const names = new Set<string>();
  const types = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(types, {
      VariableDefinition({ variable, defaultValue }) {
        if (defaultValue !== undefined) names.add(variable.name.value);
        return false;
      },
      Variable({ name }) {
        if (isNonNullType(types.getInputType())) names.add(name.value);
      },
    }),
  );
  return names;
}

/** `nodes` and `_entities` are lists of promises; a fragment at the root may hide one. */
function listsAtRoot(schema: GraphQLSchema, { selectionSet }: OperationDefinitionNode): boolean {
  const fields = schema.getQueryType()?.getFields() ?? {};
  return selectionSet.selections.some((selection) => {
    if (selection.kind !== Kind.FIELD) return true;
    const type = fields[selection.name.value]?.type;
    return type !== undefined && isListType(getNullableType(type));
  });
}

/** How many fields an operation has with its fragments written out; counted without writing them out. */
function fieldsOf(document: DocumentNode, operation: OperationDefinitionNode): number {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const known = new Map<string, number>();
  const ofFragment = (name: string): number => {
    const counted = known.get(name);
    if (counted !== undefined) return counted;
    const fragment = fragments.get(name);
    const count = fragment === undefined ? 0 : of(fragment.selectionSet);
    known.set(name, count);
    return count;
  };
  const of = ({ selections }: SelectionSetNode): number =>
    selections.reduce((sum, selection) => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) return sum + ofFragment(selection.name.value);
      const inner = selection.selectionSet === undefined ? 0 : of(selection.selectionSet);
      return sum + inner + (selection.kind === Kind.FIELD ? 1 : 0);
    }, 0);
  return of(operation.selectionSet);
}
