import {
  buildSchema,
  GraphQLError,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  type GraphQLUnionType,
} from 'graphql';

const SDL = `
  enum Colour { RED GREEN }
  input Place { x: Int! y: Int = 7 tags: [String!] }
  interface Named { name: String id: ID! }
  type Cat implements Named { name: String id: ID! lives: Int! friend: Named friends: [Named] colour: Colour }
  type Dog implements Named { name: String id: ID! loud: Boolean! friend: Named! cats: [Cat!]! ratio: Float }
  union Pet = Cat | Dog
  type Query {
    cat: Cat
    dog: Dog!
    pet(kind: Colour = RED): Pet
    pets: [Pet!]
    named(id: ID! = "1"): Named
    echo(text: String, count: Int = 3, colour: Colour, place: Place, places: [Place]): String
    words: [String]
    numbers: [Int!]!
    nothing: String
    never: String!
    late: Int
  }
`;

/** Chooses what a resolver returns at a place of the schema: valid values, promises, nulls, errors, or invalid values. */
export type Choose = (place: string, valid: unknown) => unknown;

/** Nesting depth of objects; each object has friends. */
const MAX_DEPTH = 4;

/**
 * A schema with everything that a query can meet: objects, interfaces, unions, lists, enums, scalars, input objects, arguments
 * with defaults, properties and resolvers. `choose` decides their values.
 */
export function randomSchema(choose: Choose): GraphQLSchema {
  const schema = buildSchema(SDL);
  /** Getters, so that only selected objects are created. */
  const made = (__typename: string, depth: number, fields: Record<string, () => unknown>): object => {
    const object = { __typename };
    for (const [name, get] of Object.entries(fields))
      Object.defineProperty(object, name, {
        get: () => choose(`${__typename}.${name}.${depth}`, get()),
        enumerable: true,
      });
    return object;
  };
  const below = <Value>(depth: number, value: () => Value, deepest: Value) =>
    depth < MAX_DEPTH ? value() : deepest;
  const cat = (depth = 0, id = 'c1'): object =>
    made('Cat', depth, {
      name: () => 'Mia 猫',
      id: () => id,
      lives: () => 9,
      colour: () => 'RED',
      friend: () => below<unknown>(depth, () => dog(depth + 1), null),
      friends: () =>
        below<unknown[]>(depth, () => [item('friends', depth, cat), item('friends', depth + 0.5, dog)], []),
    });
  const dog = (depth = 0): object =>
    made('Dog', depth, {
      name: () => 'Rex',
      id: () => 12,
      ratio: () => 0.5,
      cats: () => below<unknown[]>(depth, () => [item('cats', depth, cat)], []),
      friend: () => cat(Math.min(MAX_DEPTH, depth + 1)),
    });
  const item = (list: string, depth: number, make: (depth: number) => object) =>
    choose(`${list}.${depth}`, make(Math.ceil(depth + 0.5)));
  const set = (type: string, field: string, valid: (args: Readonly<Record<string, unknown>>) => unknown) => {
    const definition = (schema.getType(type) as GraphQLObjectType).getFields()[field];
    if (definition === undefined) throw new Error(`no field ${type}.${field}`);
    definition.resolve = (_, args) => choose(`${type}.${field}.${JSON.stringify(args)}`, valid(args));
  };
  set('Dog', 'loud', () => true);
  set('Query', 'cat', () => cat());
  set('Query', 'dog', () => dog());
  set('Query', 'pet', ({ kind }) => (kind === 'GREEN' ? dog() : cat()));
  set('Query', 'pets', () => [item('pets', 0, cat), item('pets', 0.5, dog)]);
  set('Query', 'named', ({ id }) => cat(0, String(id)));
  set('Query', 'echo', (args) => JSON.stringify(args));
  set('Query', 'words', () => [choose('words.0', 'a'), choose('words.1', null), choose('words.2', 'b')]);
  set('Query', 'numbers', () => [choose('numbers.0', 1), choose('numbers.1', 2)]);
  set('Query', 'nothing', () => null);
  set('Query', 'never', () => 'here');
  set('Query', 'late', () => new Promise((resolve) => setImmediate(resolve, 5)));
  for (const name of ['Named', 'Pet'])
    (schema.getType(name) as GraphQLInterfaceType | GraphQLUnionType).resolveType = ({ __typename }) =>
      __typename;
  return schema;
}

/** Values that do not fit where a valid value is expected. */
export const INVALID_VALUES: readonly (() => unknown)[] = [
  () => null,
  () => undefined,
  () => {
    throw new Error('thrown');
  },
  rejected,
  () => new Error('given'),
  () => ({}),
  () => [],
  () => 2 ** 40,
  () => 'no such value',
  () => () => 'called',
  () => Symbol('no value of JSON'),
];

/** Index of the rejected promise in {@link INVALID_VALUES}. */
export const REJECTED = INVALID_VALUES.indexOf(rejected);

/** Created lazily, because the place may never be resolved. */
function rejected(): Promise<never> {
  const promise = Promise.reject(new GraphQLError('rejected', { extensions: { code: 'REJECTED' } }));
  promise.catch(() => {});
  return promise;
}
