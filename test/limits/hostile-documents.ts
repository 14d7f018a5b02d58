import { times } from './check-document.ts';

/** Default maximum length of a request body. */
const BYTES = 99_000;

/** A text of as many pieces as fit into a body. */
function fill(piece: (index: number) => string, wrap: (pieces: string) => string): string {
  const pieces: string[] = [];
  for (let length = 0; length < BYTES; ) {
    const next = piece(pieces.length);
    pieces.push(next);
    length += next.length;
  }
  return wrap(pieces.join(''));
}

/** Documents of 100 kB, or of the maximum number of tokens, that try to cost far more than their length. */
export const HOSTILE: readonly (readonly [title: string, text: string])[] = [
  ['selections in each other', '{a'.repeat(BYTES / 2)],
  [
    '10,000 aliases',
    fill(
      (index) => `a${index}:__typename `,
      (all) => `{${all}}`,
    ),
  ],
  [
    'one field again and again',
    fill(
      () => '__typename ',
      (all) => `{${all}}`,
    ),
  ],
  ['lists in each other', `{ node(id: ${'['.repeat(BYTES)}`],
  ['objects in each other', `{ node(id: ${'{a:'.repeat(BYTES / 3)}`],
  ['types in each other', `query ($a: ${'['.repeat(BYTES)}`],
  [
    'directives',
    fill(
      () => '@a',
      (all) => `{ __typename ${all} }`,
    ),
  ],
  [
    'variables',
    fill(
      (index) => `$v${index}:Int `,
      (all) => `query (${all}) { __typename }`,
    ),
  ],
  [
    'operations',
    fill(
      (index) => `query Q${index}{a}`,
      (all) => all,
    ),
  ],
  // In JSON, a line feed and a backslash take two bytes each.
  ['comments', '#\n'.repeat(BYTES / 3)],
  ['blanks', ' '.repeat(BYTES)],
  ['marks', '!'.repeat(BYTES)],
  ['a text that does not end', `{ node(id: "${'x'.repeat(BYTES)}`],
  ['a text of escapes', `{ node(id: "${'\\u0041'.repeat(BYTES / 7)}") { nothing } }`],
  ['a name', `{ ${'x'.repeat(BYTES)} }`],
  ['a number', `{ customizedVoiceJobs(first: ${'9'.repeat(BYTES)}) { nothing } }`],
  // From here on within the token limit: the remaining quadratic and exponential attacks.
  ['repeated fields, as many as are parsed', `{ ${times(1990, () => '__typename')} }`],
  ['repeated fields with others under them', `{ ${times(240, () => 'node(id: "a") { id }')} }`],
  [
    'fields that double at each level',
    `{ __type(name: "Node") { ${Array.from({ length: 7 }).reduce((inner: string) => `ofType { ${inner} } ofType { ${inner} }`, 'name')} } }`,
  ],
  [
    'fragments that double at each level',
    `{ __type(name: "Node") { ...F60 } } fragment F0 on __Type { name } ${times(60, (level) => `fragment F${level + 1} on __Type { a: ofType { ...F${level} } b: ofType { ...F${level} } }`)}`,
  ],
  [
    'fragments that all use each other',
    `{ ...F0 } ${times(40, (index) => `fragment F${index} on Query { __typename ${times(20, (other) => `...F${(index * 7 + other) % 40}`)} }`)}`,
  ],
  [
    'pairs of fragments',
    `{ customizedVoiceJobs { nodes { ${times(140, (index) => `...F${index}`)} } } } ${times(140, (index) => `fragment F${index} on CustomizedVoiceJob { id jobId }`)}`,
  ],
  ['directives everywhere', `{ ${times(180, () => '__typename @include(if: true)')} }`],
  ['names that are almost right', `{ ${times(1990, (index) => `customizedVoiceJob${index}`)} }`],
];
