import {
  type DocumentNode,
  type GraphQLSchema,
  getNullableType,
  isListType,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { ExtentMeter } from '../../limits/extent.ts';
import { fragmentsOf } from '../../limits/fragments.ts';

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
  const { fields } = new ExtentMeter(fragmentsOf(document)).of(operation);
  return !usesRareParts(document) && !listsAtRoot(schema, operation) && fields <= MAX_FIELDS;
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
