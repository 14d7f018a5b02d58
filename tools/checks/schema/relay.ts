import {
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isInterfaceType,
  isListType,
  isObjectType,
} from 'graphql';
import type { Problem } from './conventions.ts';

/**
 * Deviations of a schema from the Relay specifications, whose names clients rely on.
 *
 * @see https://relay.dev/graphql/connections.htm
 * @see https://relay.dev/graphql/objectidentification.htm
 */
export function findRelayBreaches(schema: GraphQLSchema): Problem[] {
  return Object.values(schema.getTypeMap()).flatMap((type) => {
    if (type.name.startsWith('__')) return [];
    const own = (messages: string[]) =>
      messages.map((message) => ({ path: type.name, message, node: type.astNode?.name }));
    if (type.name.endsWith('Connection') && !isObjectType(type)) return own(['should be an object type']);
    if (!isObjectType(type) && !isInterfaceType(type)) return [];
    const fields = Object.values(type.getFields()).flatMap((field) =>
      checkArguments(field).map((message) => ({
        path: `${type.name}.${field.name}`,
        message,
        node: field.astNode?.name,
      })),
    );
    return [...own(checkType(type)), ...fields];
  });
}

/** A type with fields. */
type Composite = GraphQLObjectType | GraphQLInterfaceType;

function checkType(type: Composite): string[] {
  if (type.name === 'Node') return fieldsAre(type, { id: /^ID!$/ });
  if (type.name.endsWith('Edge')) return fieldsAre(type, { node: /^[^[]*$/, cursor: /^\w+!?$/ });
  if (type.name === 'PageInfo') {
    return fieldsAre(type, {
      hasPreviousPage: /^Boolean!$/,
      hasNextPage: /^Boolean!$/,
      startCursor: /^\w+!?$/,
      endCursor: /^\w+!?$/,
    });
  }
  if (!type.name.endsWith('Connection')) return [];
  return fieldsAre(type, { pageInfo: /^PageInfo!$/, edges: /^\[\w+Edge!?\]!?$/ });
}

function fieldsAre(type: Composite, shapes: Record<string, RegExp>): string[] {
  return Object.entries(shapes).flatMap(([name, shape]) => {
    const field = type.getFields()[name];
    if (field === undefined) return [`should have the field \`${name}\`, as Relay defines it`];
    if (shape.test(String(field.type))) return [];
    return [`should have the field \`${name}\` as Relay defines it, not as \`${field.type}\``];
  });
}

/** A connection is paginated forwards by `first` and `after`, backwards by `last` and `before`, or both. */
function checkArguments({ type, args }: GraphQLField<unknown, unknown>): string[] {
  if (isListType(getNullableType(type)) || !getNamedType(type).name.endsWith('Connection')) return [];
  const typeOf = (name: string) => args.find((argument) => argument.name === name)?.type;
  const pages = (count: string, cursor: string) =>
    typeOf(count) !== undefined && typeOf(cursor) !== undefined;
  const forwards = pages('first', 'after');
  const backwards = pages('last', 'before');
  if (!forwards && !backwards) {
    return ['should take `first` and `after`, or `last` and `before`, as it gives a connection'];
  }
  // With both directions, a required count would exclude one of them.
  const count = forwards && backwards ? /^Int$/ : /^Int!?$/;
  return ['first', 'last']
    .filter((name) => typeOf(name) !== undefined && !count.test(String(typeOf(name))))
    .map((name) => `the argument \`${name}\` should be of type \`Int\`, and is \`${typeOf(name)}\``);
}
