import { getIntrospectionQuery } from 'graphql';
import { describe, expect, test } from 'vitest';
import {
  MAX_ALIASES,
  MAX_DIRECTIVES,
  MAX_DIRECTIVES_PER_ELEMENT,
  MAX_FLATTENED_FIELDS,
  MAX_FRAGMENT_SPREADS,
  MAX_NESTING,
  MAX_REPEATED_FIELDS,
  MAX_ROOT_FIELDS,
  MAX_TOKENS,
} from '../../src/limits/document-limits.ts';
import { errorsOf, times, wrongWith } from './check-document.ts';

const FULL_INTROSPECTION = getIntrospectionQuery({
  specifiedByUrl: true,
  directiveIsRepeatable: true,
  schemaDescription: true,
  inputValueDeprecation: true,
  oneOf: true,
});

// The cases are those of graphql-armor's max-depth, except that fragments add no level.
describe('the depth of an operation', () => {
  test.each<[title: string, depth: number, text: string]>([
    ['a root field', 1, '{ __typename }'],
    ['fields in fields', 3, '{ customizedVoiceJobs { nodes { id } } }'],
    ['the deepest of several', 4, '{ customizedVoiceJobs { totalCount edges { node { id } } } __typename }'],
    ['an alias', 3, '{ a: customizedVoiceJobs { b: nodes { c: id } } }'],
    ['a fragment at the root', 3, '{ ...F } fragment F on Query { customizedVoiceJobs { nodes { id } } }'],
    ['an inline fragment', 3, '{ ... on Query { customizedVoiceJobs { ... { nodes { ... { id } } } } } }'],
    [
      'fragments in fragments',
      4,
      '{ customizedVoiceJobs { ...A } } fragment A on CustomizedVoiceJobConnection { edges { ...B } } fragment B on CustomizedVoiceJobEdge { node { ...C } } fragment C on CustomizedVoiceJob { id }',
    ],
    [
      'a fragment that is used at two depths',
      4,
      '{ node(id: "a") { ...C } customizedVoiceJobs { edges { node { ...C } } } } fragment C on CustomizedVoiceJob { id }',
    ],
    [
      'a fragment that is called like introspection',
      3,
      '{ ...__schema } fragment __schema on Query { customizedVoiceJobs { nodes { id } } }',
    ],
    ['an operation that is called like introspection', 2, 'query __schema { node(id: "a") { id } }'],
    ['what a condition may leave out', 3, '{ customizedVoiceJobs @include(if: false) { nodes { id } } }'],
    [
      'the deeper of two operations',
      3,
      'query A { __typename } query B { customizedVoiceJobs { nodes { id } } }',
    ],
  ])('counts levels of fields: %s', (_, depth, text) => {
    expect(wrongWith(text, { depth })).toEqual([]);
    expect(wrongWith(text, { depth: depth - 1 })).toEqual([
      `The operation is ${depth} levels deep. The maximum is ${depth - 1} (LIMIT_DEPTH).`,
    ]);
  });

  test.each([
    ['GraphiQL’s', FULL_INTROSPECTION],
    ['__type', '{ __type(name: "Node") { fields { type { ofType { ofType { name } } } } } }'],
    ['under an alias', '{ a: __type(name: "Node") { fields { type { name } } } }'],
    ['in a fragment', '{ ...F } fragment F on Query { __schema { types { fields { name } } } }'],
  ])('ignores introspection: %s', (_, text) => {
    expect(wrongWith(text, { depth: 1 })).toEqual([]);
  });

  test('ignores introspection next to other fields', () => {
    const text = '{ __schema { types { name } } customizedVoiceJobs { nodes { id } } }';
    expect(wrongWith(text, { depth: 2 })).toHaveLength(1);
    expect(wrongWith(text, { depth: 3 })).toEqual([]);
  });

  test.each([
    ['one', '{ ...A } fragment A on Query { ...A }'],
    ['two', '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }'],
    [
      'fields in between',
      '{ customizedVoiceJobs { ...A } } fragment A on CustomizedVoiceJobConnection { nodes { id } ...A }',
    ],
  ])('leaves recursive fragments to validation: %s', (_, text) => {
    expect(wrongWith(text, { depth: 3 })).toContainEqual(
      expect.stringMatching(/Cannot spread fragment "A" within itself/),
    );
  });
});

const JOB = '{ node(id: "a") { ... on CustomizedVoiceJob { ';
const job = (fields: string) => `${JOB} ${fields} } } }`;

/** Documents with a given number of elements, and the limit of each. */
const COUNT_LIMITS: readonly [what: string, where: string, limit: number, text: (count: number) => string][] =
  [
    [
      'aliases',
      'under names of their own',
      MAX_ALIASES,
      (count) => job(times(count, (index) => `a${index}: jobId`)),
    ],
    [
      'aliases',
      'in fragments, and of __typename',
      MAX_ALIASES,
      // Half of them in a fragment; introspection and __typename count, too.
      (count) =>
        `{ __typename node(id: "a") { ...F ${times(Math.ceil(count / 2), (index) => `a${index}: __typename`)} } } fragment F on Node { id ${times(Math.floor(count / 2), (index) => `b${index}: id`)} }`,
    ],
    [
      'repeated fields',
      'one after the other',
      MAX_REPEATED_FIELDS,
      (count) => `{ __typename ${times(count, () => '__typename')} }`,
    ],
    [
      'repeated fields',
      'in inline fragments',
      MAX_REPEATED_FIELDS,
      (count) => job(`jobId ${times(count, () => '... { jobId }')}`),
    ],
    [
      'fragment spreads',
      'of one fragment',
      MAX_FRAGMENT_SPREADS,
      (count) => `{ ${times(count, () => '...F')} } fragment F on Query { __typename }`,
    ],
    [
      'directives on one element',
      'of a field',
      MAX_DIRECTIVES_PER_ELEMENT,
      (count) => `{ __typename ${times(count, () => '@aa')} }`,
    ],
    [
      'directives on one element',
      'of an operation',
      MAX_DIRECTIVES_PER_ELEMENT,
      (count) => `query ${times(count, () => '@aa')} { a }`,
    ],
    [
      'directives on one element',
      'of a variable',
      MAX_DIRECTIVES_PER_ELEMENT,
      (count) => `query ($v: Int ${times(count, () => '@aa')}) { a }`,
    ],
    [
      'directives on one element',
      'of a fragment that is used',
      MAX_DIRECTIVES_PER_ELEMENT,
      (count) => `{ ...F ${times(count, () => '@aa')} } fragment F on Query { __typename }`,
    ],
    [
      'directives on one element',
      'of an inline fragment',
      MAX_DIRECTIVES_PER_ELEMENT,
      (count) => `{ ... ${times(count, () => '@aa')} { __typename } }`,
    ],
    [
      'directives',
      'of many fields',
      MAX_DIRECTIVES,
      (count) => job(times(count, (index) => `a${index}: jobId @include(if: true)`)),
    ],
    [
      'root fields',
      'under names of their own',
      MAX_ROOT_FIELDS,
      (count) => `{ ${times(count, (index) => `a${index}: __typename`)} }`,
    ],
    [
      'root fields',
      'in a fragment used twice',
      MAX_ROOT_FIELDS,
      // In a fragment that is used twice: counted after flattening.
      (count) =>
        `{ ...F ...F ${times(count % 2, () => 'z: __typename')} } fragment F on Query { ${times(Math.floor(count / 2), (index) => `a${index}: __typename`)} }`,
    ],
  ];

describe('limits checked before validation', () => {
  test.each(COUNT_LIMITS)('%s %s: at most %i', (what, _, limit, text) => {
    const complaint = `The document has ${limit + 1} ${what}. The maximum is ${limit}.`;
    expect(wrongWith(text(limit))).not.toContainEqual(expect.stringMatching(/^The document has/));
    const errors = errorsOf(text(limit + 1));
    expect(errors.map(({ message }) => message)).toEqual([complaint]);
    expect(errors[0]?.extensions).toMatchObject({ code: 'OPERATION_TOO_COMPLEX', limit });
  });

  test('fields after flattening fragments', () => {
    const fields = (count: number) => times(count, (index) => `a${index}: jobId`);
    const text = (spreads: number, rest: number) =>
      `{ node(id: "a") { ${times(spreads, () => '...F')} ${times(rest, () => '... on Node { id }')} } } fragment F on CustomizedVoiceJob { ${fields(99)} }`;
    // The root field, ten times 99, and nine more.
    expect(wrongWith(text(10, 9))).toEqual([]);
    expect(wrongWith(text(10, 10))).toEqual([
      `The document has ${MAX_FLATTENED_FIELDS + 1} fields after flattening its fragments. The maximum is ${MAX_FLATTENED_FIELDS}.`,
    ]);
  });

  test('doubling fragments report "millions of" instead of a number', () => {
    const doubling = times(
      24,
      (level) => `fragment F${level + 1} on __Type { a: ofType { ...F${level} } b: ofType { ...F${level} } }`,
    );
    const text = `{ __type(name: "Node") { ...F24 } } fragment F0 on __Type { name } ${doubling}`;
    expect(wrongWith(text)).toEqual([
      `The document has millions of fields after flattening its fragments. The maximum is ${MAX_FLATTENED_FIELDS}.`,
    ]);
  });

  test('a field selected by two fragments is not a repeated field', () => {
    const fragments = times(40, (index) => `fragment F${index} on CustomizedVoiceJob { jobId status }`);
    const text = `{ node(id: "a") { ${times(40, (index) => `...F${index}`)} } } ${fragments}`;
    expect(wrongWith(text)).toEqual([]);
  });
});

describe('the token limit, checked before parsing', () => {
  test.each<[title: string, text: (count: number) => string]>([
    ['names', (count) => `{ ${times(count - 2, () => 'a')} }`],
    ['marks', (count) => `{ a ${times(count - 3, () => '@')} }`],
    ['comments at the end', (count) => `{a}${'\n#'.repeat(count - 3)}`],
    ['comments', (count) => `{ __typename }\n${'#\n'.repeat(count - 4)}{`],
    ['what does not parse', (count) => times(count, () => 'a')],
  ])('counts %s', (_, text) => {
    const complaint = `The document has more than ${MAX_TOKENS} tokens, the maximum.`;
    expect(wrongWith(text(MAX_TOKENS))).not.toContain(complaint);
    expect(wrongWith(text(MAX_TOKENS + 1))).toEqual([complaint]);
  });

  test('counts a long string as one token', () => {
    expect(wrongWith(`{ node(id: "${'x'.repeat(50_000)}") { id } }`)).toEqual([]);
    expect(wrongWith(`{ node(id: """${'x\n'.repeat(20_000)}""") { id } }`)).toEqual([]);
  });

  test("is ten times the tokens of GraphiQL's introspection query", () => {
    expect(wrongWith(FULL_INTROSPECTION)).toEqual([]);
    expect(wrongWith(FULL_INTROSPECTION + times(1, () => '#\n').repeat(MAX_TOKENS * 0.9))).toEqual([]);
  });

  test.each<[title: string, text: (count: number) => string]>([
    ['selections', (count) => `${'{a'.repeat(count)}${'}'.repeat(count)}`],
    ['inline fragments', (count) => `{${'...{'.repeat(count - 1)}a${'}'.repeat(count)}`],
    ['lists', (count) => `{a(b:${'['.repeat(count - 2)}${']'.repeat(count - 2)})}`],
    ['objects', (count) => `{a(b:${'{c:'.repeat(count - 2)}1${'}'.repeat(count - 2)})}`],
    ['types of variables', (count) => `query($a:${'['.repeat(count - 1)}Int${']'.repeat(count - 1)}){a}`],
    ['what never closes', (count) => `{a(b:${'['.repeat(count - 2)}`],
  ])('includes a limit of nested brackets: %s', (_, text) => {
    const complaint = `The document has more than ${MAX_NESTING} nested brackets, the maximum.`;
    expect(wrongWith(text(MAX_NESTING))).not.toContain(complaint);
    expect(wrongWith(text(MAX_NESTING + 1))).toEqual([complaint]);
  });

  test.each([
    ['in a text', `{ node(id: "${'['.repeat(1000)}") { id } }`],
    ['in a comment', `# ${'{'.repeat(1000)}\n{ __typename }`],
    ['one after the other', times(300, (index) => `query Q${index}{__typename}`)],
  ])('does not count brackets %s', (_, text) => {
    expect(wrongWith(text)).toEqual([]);
  });

  test('leaves invalid tokens to the parser', () => {
    expect(wrongWith('Is anybody there?')).toEqual(['Syntax Error: Unexpected Name "Is".']);
    expect(wrongWith('{ a ? }')).toEqual(['Syntax Error: Unexpected character: "?".']);
  });
});
