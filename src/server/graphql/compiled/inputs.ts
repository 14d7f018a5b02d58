import {
  coerceInputValue,
  type FieldNode,
  type GraphQLField,
  type GraphQLSchema,
  isInputType,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  typeFromAST,
  valueFromAST,
} from 'graphql';
import { Bailout } from './run.ts';

/** Coerced values by name, as resolvers receive them. */
export type Values = Record<string, unknown>;

/**
 * An object without inherited names, which clients could request. V8 looks names up faster than with `Object.create(null)`.
 */
const Bare = function Bare() {} as unknown as new () => Values;
Bare.prototype = Object.create(null);

/**
 * Prepares the coercion of an operation's variables. The returned function throws Bailout for a missing or invalid value.
 *
 * @see https://spec.graphql.org/October2021/#CoerceVariableValues()
 */
export function variablesOf(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
): (given: Readonly<Values> | undefined) => Values {
  const definitions = variableDefinitions.flatMap(({ variable, type: typeNode, defaultValue }) => {
    const type = typeFromAST(schema, typeNode);
    return isInputType(type) ? [{ name: variable.name.value, type, defaultValue }] : [];
  });
  return (given = {}) => {
    const coerced = new Bare();
    for (const { name, type, defaultValue } of definitions) {
      const isGiven = Object.hasOwn(given, name);
      if (isNonNullType(type) && (isGiven ? given[name] === null : defaultValue === undefined))
        throw new Bailout('variables');
      if (isGiven) coerced[name] = coerceInputValue(given[name], type, bailOut, true);
      else if (defaultValue !== undefined) coerced[name] = valueFromAST(defaultValue, type);
    }
    return coerced;
  };
}

function bailOut(): never {
  throw new Bailout('variables');
}

/**
 * Prepares the coercion of a field's arguments. The returned function throws Bailout for a missing value, or a null for a
 * non-null type.
 *
 * @see https://spec.graphql.org/October2021/#CoerceArgumentValues()
 */
export function argumentsOf(
  { args }: GraphQLField<unknown, unknown>,
  node: FieldNode,
): (variables: Readonly<Values>) => Values {
  const taken = args.map(({ name, type, defaultValue }) => ({
    name,
    type,
    defaultValue,
    node: node.arguments?.find((argument) => argument.name.value === name)?.value,
  }));
  return (variables) => {
    const values: Values = {};
    for (const { name, type, defaultValue, node } of taken) {
      let value: unknown = defaultValue;
      if (node?.kind === Kind.VARIABLE) {
        if (Object.hasOwn(variables, node.name.value)) value = variables[node.name.value];
      } else if (node !== undefined) {
        value = valueFromAST(node, type, variables);
        if (value === undefined) throw new Bailout('variables');
      }
      if (value !== undefined) values[name] = value;
      if ((value ?? null) === null && isNonNullType(type)) throw new Bailout('variables');
    }
    return values;
  };
}
