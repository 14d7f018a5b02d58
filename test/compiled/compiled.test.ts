import { type DocumentNode, execute, type OperationDefinitionNode, parse, print, validate } from 'graphql';
import { expect, test } from 'vitest';
import { compile } from '../../src/server/graphql/compiled/compile.ts';
import { fc, runs } from '../runs.ts';
import { type Choose, makeUpSchema, REJECTED, UNSOUND } from './made-up-schema.ts';

const VARIABLES = '($text: String, $count: Int, $colour: Colour = GREEN, $place: Place, $x: Int = 4)';

const schema = makeUpSchema((_, sound) => sound);

type Kind = 'sound' | 'late' | number;

/** Selections of each type. */
const { query } = fc.letrec<Record<'cat' | 'dog' | 'named' | 'pet' | 'query', string>>((tie) => {
  const some = (...fields: fc.Arbitrary<string>[]) =>
    fc
      .array(fc.oneof({ depthSize: 'small' }, ...fields), { minLength: 1, maxLength: 5 })
      .map((chosen) => chosen.join(' '));
  const just = (...texts: string[]) => fc.constantFrom(...texts);
  const within = (field: string, type: 'cat' | 'dog' | 'named' | 'pet') =>
    tie(type).map((text) => `${field} { ${text} }`);
  const type = just('__typename', 'kind: __typename');
  return {
    cat: some(
      just('name', 'id', 'lives', 'again: lives', 'colour'),
      type,
      within('friend', 'named'),
      within('friends', 'named'),
      just('...aCat'),
    ),
    dog: some(just('name', 'id', 'loud', 'ratio'), type, within('friend', 'named'), within('cats', 'cat')),
    named: some(
      just('name', 'id', '... on Cat { lives }', '...aDog', '... { id }'),
      type,
      within('... on Cat', 'cat'),
      within('... on Dog', 'dog'),
    ),
    pet: some(
      type,
      within('... on Cat', 'cat'),
      within('... on Dog', 'dog'),
      within('... on Named', 'named'),
    ),
    query: some(
      within('cat', 'cat'),
      within('dog', 'dog'),
      within('other: dog', 'dog'),
      within('pet', 'pet'),
      within('green: pet(kind: $colour)', 'pet'),
      within('pets', 'pet'),
      within('named', 'named'),
      within('two: named(id: 2)', 'named'),
      just('words', 'numbers', 'nothing', 'never', 'late'),
      just(
        'echo',
        'a: echo(text: "t", count: null)',
        'b: echo(text: $text, count: $count, colour: $colour, place: $place)',
        'c: echo(colour: RED, place: { x: 1 }, places: [{ x: $x, tags: ["a"] }, null])',
        'd: echo(places: { x: $x, y: $count })',
      ),
      type,
    ),
  };
});

const FRAGMENTS =
  'fragment aCat on Cat { id ...more lives } fragment more on Named { name } fragment aDog on Dog { loud ...more }';

/** Queries that are valid, among those that were made up. */
const documents = query
  .filter((text) => text.length < 1500)
  .map((text) => `query All${VARIABLES} { ${text} } ${FRAGMENTS}`)
  .map((text) => parse(text))
  .filter((document) => validate(schema, document).every(({ message }) => /never used/.test(message)));

const variables = fc.record(
  {
    text: fc.constantFrom('x', '', null),
    count: fc.constantFrom(0, 5, null),
    colour: fc.constantFrom('RED', 'GREEN'),
    place: fc.constantFrom({ x: 1 }, { x: 2, y: null, tags: ['a', 'b'] }, { x: 3, tags: 'one' }, null),
    x: fc.constantFrom(1, 2),
  },
  { requiredKeys: [] },
);

/** What each place gives: at once or late, sound or not. The same for both, in whatever order they ask. */
function choices(kinds: readonly Kind[]): Choose {
  return (place, sound) => {
    let hash = 0;
    for (const char of place) hash = (hash * 31 + char.charCodeAt(0)) % 1_000_003;
    const kind = kinds[hash % kinds.length] ?? 'sound';
    if (kind === 'late') return Promise.resolve(sound);
    return kind === 'sound' ? sound : UNSOUND[kind]?.();
  };
}

async function both(document: DocumentNode, given: Record<string, unknown>, kinds: readonly Kind[]) {
  const operation = document.definitions[0] as OperationDefinitionNode;
  const expected = await execute({ schema: makeUpSchema(choices(kinds)), document, variableValues: given });
  const schema = makeUpSchema(choices(kinds));
  const run = compile(schema, document, operation);
  // A few have too many fields, as a fragment has them for each type that it may meet.
  fc.pre(typeof run === 'function');
  const result = typeof run === 'function' ? await run(undefined, given) : run;
  return { expected, data: typeof result === 'object' ? result : undefined };
}

test('where nothing goes wrong, a compiled query answers what graphql-js does, to the byte', async () => {
  const kinds = fc.array(fc.constantFrom('sound' as const, 'late' as const), { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(documents, variables, kinds, async (document, given, kinds) => {
      const { expected, data } = await both(document, given, kinds);
      expect(expected.errors).toBeUndefined();
      expect(JSON.stringify(data)).toBe(JSON.stringify(expected.data));
    }),
    { numRuns: runs(400) },
  );
});

/**
 * Whether graphql-js itself leaves a rejection that nobody handles, which would end the tests: in a list of which one item
 * fails at once, those before it may fail later.
 */
const mayEndAll = (document: DocumentNode, kinds: readonly Kind[]) =>
  /\b(pets|friends|cats|words|numbers)\b/.test(print(document)) &&
  kinds.some((kind) => kind === 'late' || kind === REJECTED);

test('whatever resolvers give, a compiled query answers what graphql-js does, or nothing', async () => {
  const kind = (...sound: Kind[]) =>
    fc.oneof(
      { arbitrary: fc.constantFrom(...sound), weight: 12 },
      { arbitrary: fc.nat(UNSOUND.length - 1), weight: 1 },
    );
  const kinds = fc.oneof(
    fc.array(kind('sound'), { minLength: 1, maxLength: 60 }),
    fc.array(kind('sound', 'late'), { minLength: 1, maxLength: 60 }),
  );
  let withErrors = 0;
  await fc.assert(
    fc.asyncProperty(documents, variables, kinds, async (document, given, kinds) => {
      fc.pre(!mayEndAll(document, kinds));
      const { expected, data } = await both(document, given, kinds);
      if (expected.errors !== undefined) {
        withErrors++;
        expect(data).toBeUndefined();
      } else if (data !== undefined) expect(JSON.stringify(data)).toBe(JSON.stringify(expected.data));
    }),
    { numRuns: runs(1500) },
  );
  expect(withErrors).toBeGreaterThan(runs(1500) / 100);
});

const compiled = (text: string) => {
  const document = parse(text);
  return compile(schema, document, document.definitions[0] as OperationDefinitionNode);
};

const run = (text: string, given?: Record<string, unknown>) => {
  const query = compiled(text);
  if (typeof query === 'string') throw new Error(`not compiled: ${query}`);
  return query(undefined, given);
};

/** [what is wrong with the variables, the variables] */
test.each([
  ['one is missing', {}],
  ['one is null', { id: null }],
  ['one does not fit', { id: { a: 1 } }],
])('a run is left to graphql-js when %s', async (_, given) => {
  const query = 'query ($id: ID!) { named(id: $id) { id } }';
  expect(await run(query, { id: 'x' })).toEqual({ named: { id: 'x' } });
  expect(await run(query, given)).toBe('variables');
});

test('a variable that was not given leaves the default of the argument', async () => {
  const query = 'query ($id: ID) { named(id: $id) { id } }';
  expect(await run(query, {})).toEqual({ named: { id: '1' } });
  expect(await run(query, { id: null })).toBe('variables');
});

test.each([
  ['directive', 'a directive', '{ cat { name @skip(if: false) } }'],
  [
    'directive',
    'a directive in a fragment',
    '{ cat { ...f } } fragment f on Cat { name @include(if: true) }',
  ],
  ['introspection', 'introspection', '{ __schema { queryType { name } } }'],
  ['introspection', 'a type by its name', '{ __type(name: "Cat") { name } }'],
  ['introspection', 'an alias that is taken for a prototype', '{ __proto__: nothing }'],
  [
    'size',
    'three hundred fields and more',
    `{ ${Array.from({ length: 301 }, (_, index) => `f${index}: nothing`).join(' ')} }`,
  ],
])('is not compiled, with the reason %s: %s', (reason, _, text) => {
  expect(compiled(text)).toBe(reason);
});

test('three hundred fields are', async () => {
  const text = `{ ${Array.from({ length: 300 }, (_, index) => `f${index}: nothing`).join(' ')} }`;
  expect(Object.keys(await run(text))).toHaveLength(300);
});

test('what is rejected in a list behind something wrong ends nothing', async () => {
  const schema = makeUpSchema((place, sound) =>
    place === 'numbers.0' ? 'no number' : place === 'numbers.1' ? Promise.reject(new Error('late')) : sound,
  );
  const document = parse('{ numbers }');
  const query = compile(schema, document, document.definitions[0] as OperationDefinitionNode);
  expect(typeof query === 'function' && (await query(undefined, {}))).toBe('error');
  // A rejection that nobody handles is told after a turn of the event loop, and fails the run of the tests.
  await new Promise((resolve) => setTimeout(resolve, 10));
});

test('a run that has bailed out calls no resolver any more', async () => {
  const called: string[] = [];
  let answerCat = (_: unknown) => {};
  const schema = makeUpSchema((place, sound) => {
    called.push(place);
    if (place === 'Query.cat.{}')
      return new Promise((resolve) => {
        answerCat = () => resolve(sound);
      });
    return place === 'Query.dog.{}' ? Promise.reject(new Error('no dog')) : sound;
  });
  const document = parse('{ cat { friend { id } } dog { name } }');
  const query = compile(schema, document, document.definitions[0] as OperationDefinitionNode);
  expect(typeof query === 'function' && (await query(undefined, {}))).toBe('error');
  expect(called).toEqual(['Query.cat.{}', 'Query.dog.{}']);
  answerCat(undefined);
  await new Promise((resolve) => setImmediate(resolve));
  expect(called).toEqual(['Query.cat.{}', 'Query.dog.{}']);
});
