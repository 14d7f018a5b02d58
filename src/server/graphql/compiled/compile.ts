import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNullableType,
  type InlineFragmentNode,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
  type OperationDefinitionNode,
  type SelectionSetNode,
  typeFromAST,
  visit,
} from 'graphql';
import { flattenSelections, fragmentsOf, selectionSetsOf } from '../../../limits/flatten-selections.ts';
import { generateAssembler, type Part } from './codegen.ts';
import { type Assemble, abstractType, type Complete, leaf, listOf, nonNull, object } from './complete.ts';
import { type Field, infoAt, resolverOf, slotOf } from './field.ts';
import { variablesOf } from './inputs.ts';
import { type BailoutReason, type Prepared, Run } from './run.ts';

/** Maximum number of fields of a compiled query; beyond it, compiling costs more than it saves. */
const MAX_FIELDS = 300;

/** Runs a compiled query. Resolves with its data, or with the reason of a bailout. */
export type CompiledQuery = (
  context: unknown,
  variables: Readonly<Record<string, unknown>> | undefined,
) => Promise<Record<string, unknown> | BailoutReason>;

/** Why a query cannot be compiled. */
export type UncompilableReason = 'directive' | 'introspection' | 'type' | 'size';

/**
 * Compiles a valid query to specialised code for the success path only. On any error the run bails out, and graphql-js
 * re-executes the query to produce the errors of the specification. Pages are loaded once per request, so the second
 * execution needs no additional upstream call.
 *
 * @returns a reason for queries that are not supported: directives, introspection, an alias that JavaScript takes for a
 *   prototype, types that need `isTypeOf`, and more than 300 fields
 * @throws EvalError where Node forbids code generation (`--disallow-code-generation-from-strings`)
 */
export function compile(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): CompiledQuery | UncompilableReason {
  const queryType = schema.getQueryType();
  if (!queryType) return 'type';
  const unsupported = unsupportedPart(document);
  if (unsupported !== undefined) return unsupported;
  const prepared: Prepared = { schema, operation, fragments: fragmentsOf(document) };
  let fields = 0;
  const assemble = assembler(queryType, [operation.selectionSet]);
  if (assemble === undefined) return fields > MAX_FIELDS ? 'size' : 'type';

  const coerced = variablesOf(schema, operation);
  return (context, variables) =>
    new Promise((resolve) => {
      let data: Record<string, unknown> = {};
      const run = new Run(prepared, context, (bailout) => resolve(bailout ?? data));
      run.do(() => {
        run.variables = coerced(variables);
        data = assemble(undefined, run, undefined);
      });
    });

  /** Returns undefined for a type that cannot be compiled, and for too many fields. */
  function assembler(
    type: GraphQLObjectType,
    selectionSets: readonly SelectionSetNode[],
  ): Assemble | undefined {
    if (type.isTypeOf) return undefined;
    const applies = ({ typeCondition }: FragmentDefinitionNode | InlineFragmentNode) => {
      if (typeCondition === undefined) return true;
      const condition = typeFromAST(schema, typeCondition);
      return condition === type || (isAbstractType(condition) && schema.isSubType(condition, type));
    };
    const parts: Part[] = [];
    for (const [key, nodes] of flattenSelections(selectionSets, prepared.fragments, applies)) {
      const name = nodes[0].name.value;
      if (++fields > MAX_FIELDS) return undefined;
      if (name === '__typename') {
        parts.push({ key, constant: type.name });
        continue;
      }
      const definition = type.getFields()[name];
      if (definition === undefined) return undefined;
      const field: Field = { key, definition, parentType: type, nodes };
      const complete = completer(definition.type, field);
      if (complete === undefined) return undefined;
      const named = getNullableType(definition.type);
      parts.push({
        key,
        property: definition.name,
        resolve: resolverOf(field),
        isText: isScalarType(named) && /^(String|ID)$/.test(named.name),
        slot: slotOf(field, complete, isLeafType(named)),
      });
    }
    return generateAssembler(parts);
  }

  function completer(type: GraphQLOutputType, field: Field): Complete | undefined {
    if (isNonNullType(type)) return mapDefined(completer(type.ofType, field), nonNull);
    if (isListType(type)) return mapDefined(completer(type.ofType, field), listOf);
    if (isLeafType(type)) return leaf(type);
    const selectionSets = selectionSetsOf(field.nodes);
    if (isObjectType(type)) return mapDefined(assembler(type, selectionSets), object);
    if (!isAbstractType(type) || type.resolveType === undefined) return undefined;
    const assemblers = new Map<string, Assemble>();
    for (const possible of schema.getPossibleTypes(type)) {
      const assemble = assembler(possible, selectionSets);
      if (assemble === undefined) return undefined;
      assemblers.set(possible.name, assemble);
    }
    return abstractType(type, assemblers, (run, path) =>
      infoAt(field, run, path as NonNullable<typeof path>),
    );
  }
}

function unsupportedPart(document: DocumentNode): UncompilableReason | undefined {
  let found: UncompilableReason | undefined;
  visit(document, {
    Directive: () => {
      found ??= 'directive';
    },
    Name: ({ value }) => {
      if (value.startsWith('__') && value !== '__typename') found ??= 'introspection';
    },
  });
  return found;
}

function mapDefined<From, To>(value: From | undefined, map: (value: From) => To): To | undefined {
  return value === undefined ? undefined : map(value);
}
