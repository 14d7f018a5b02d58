import { type DocumentNode, execute, type OperationDefinitionNode, parse, print, validate } from 'graphql';
import { expect, test } from 'vitest';
import { compile } from '../../src/server/graphql/compiled/compile.ts';
import { fc, runs } from '../runs.ts';
import { type Choose, INVALID_VALUES, REJECTED, randomSchema } from './random-schema.ts';

const VARIABLES = '($text: String, $count: Int, $colour: Colour = GREEN, $place: Place, $x: Int = 4)';

const schema = randomSchema((_, valid) => valid);

type Kind = 'valid' | 'late' | number;

/** Selection sets of each type. */
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

/** The valid ones of the generated queries. */
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

/** What each place returns: synchronously or later, valid or not. The same for both executors, in whatever order they call. */
function choices(kinds: readonly Kind[]): Choose {
  return (place, valid) => {
    let hash = 0;
    for (const char of place) hash = (hash * 31 + char.charCodeAt(0)) % 1_000_003;
    const kind = kinds[hash % kinds.length] ?? 'valid';
    if (kind === 'late') return Promise.resolve(valid);
    return kind === 'valid' ? valid : INVALID_VALUES[kind]?.();
  };
}

async function both(document: DocumentNode, given: Record<string, unknown>, kinds: readonly Kind[]) {
  const operation = document.definitions[0] as OperationDefinitionNode;
  const expected = await execute({ schema: randomSchema(choices(kinds)), document, variableValues: given });
  const schema = randomSchema(choices(kinds));
  const run = compile(schema, document, operation);
  // Some have too many fields to be compiled, because a fragment counts for each possible type.
  fc.pre(typeof run === 'function');
  const result = typeof run === 'function' ? await run(undefined, given) : run;
  return { expected, data: typeof result === 'object' ? result : undefined };
}

test('on success a compiled query returns the same bytes as graphql-js', async () => {
  const kinds = fc.array(fc.constantFrom('valid' as const, 'late' as const), { minLength: 1, maxLength: 12 });
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
 * Whether graphql-js itself leaves an unhandled rejection, which would end the tests: if one item of a list fails
 * synchronously, earlier items may reject later.
 */
const mayEndAll = (document: DocumentNode, kinds: readonly Kind[]) =>
  /\b(pets|friends|cats|words|numbers)\b/.test(print(document)) &&
  kinds.some((kind) => kind === 'late' || kind === REJECTED);

test('whatever resolvers return, a compiled query returns the same as graphql-js, or bails out', async () => {
  const kind = (...valid: Kind[]) =>
    fc.oneof(
      { arbitrary: fc.constantFrom(...valid), weight: 12 },
      { arbitrary: fc.nat(INVALID_VALUES.length - 1), weight: 1 },
    );
  const kinds = fc.oneof(
    fc.array(kind('valid'), { minLength: 1, maxLength: 60 }),
    fc.array(kind('valid', 'late'), { minLength: 1, maxLength: 60 }),
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
  ['a variable is missing', {}],
  ['a variable is null', { id: null }],
  ['a variable is of the wrong type', { id: { a: 1 } }],
])('a compiled query bails out to graphql-js when %s', async (_, given) => {
  const query = 'query ($id: ID!) { named(id: $id) { id } }';
  expect(await run(query, { id: 'x' })).toEqual({ named: { id: 'x' } });
  expect(await run(query, given)).toBe('variables');
});

test('an omitted variable leaves the default of the argument', async () => {
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
  ['introspection', 'the alias __proto__', '{ __proto__: nothing }'],
  [
    'size',
    'more than three hundred fields',
    `{ ${Array.from({ length: 301 }, (_, index) => `f${index}: nothing`).join(' ')} }`,
  ],
])('a query is not compiled, with the reason %s: %s', (reason, _, text) => {
  expect(compiled(text)).toBe(reason);
});

test('a query of three hundred fields is compiled', async () => {
  const text = `{ ${Array.from({ length: 300 }, (_, index) => `f${index}: nothing`).join(' ')} }`;
  expect(Object.keys(await run(text))).toHaveLength(300);
});

test('a rejected item of a list after another error causes no unhandled rejection', async () => {
  const schema = randomSchema((place, valid) =>
    place === 'numbers.0' ? 'no number' : place === 'numbers.1' ? Promise.reject(new Error('late')) : valid,
  );
  const document = parse('{ numbers }');
  const query = compile(schema, document, document.definitions[0] as OperationDefinitionNode);
  expect(typeof query === 'function' && (await query(undefined, {}))).toBe('error');
  // An unhandled rejection is reported after a turn of the event loop, and fails the test run.
  await new Promise((resolve) => setTimeout(resolve, 10));
});

test('a run that has bailed out calls no further resolver', async () => {
  const called: string[] = [];
  let answerCat = (_: unknown) => {};
  const schema = randomSchema((place, valid) => {
    called.push(place);
    if (place === 'Query.cat.{}')
      return new Promise((resolve) => {
        answerCat = () => resolve(valid);
      });
    return place === 'Query.dog.{}' ? Promise.reject(new Error('no dog')) : valid;
  });
  const document = parse('{ cat { friend { id } } dog { name } }');
  const query = compile(schema, document, document.definitions[0] as OperationDefinitionNode);
  expect(typeof query === 'function' && (await query(undefined, {}))).toBe('error');
  expect(called).toEqual(['Query.cat.{}', 'Query.dog.{}']);
  answerCat(undefined);
  await new Promise((resolve) => setImmediate(resolve));
  expect(called).toEqual(['Query.cat.{}', 'Query.dog.{}']);
});
