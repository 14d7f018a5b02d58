import {
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isUnionType,
} from 'graphql';
import { fc } from '../../runs.ts';
import { SCHEMAS } from '../valid-query.ts';

/** Names with a meaning in JavaScript or GraphQL, and one that does not exist. */
const STRANGE_NAMES = [
  '__proto__',
  'constructor',
  'toString',
  '__schema',
  '__type',
  'on',
  'null',
  'true',
  'nowhere',
];

const name = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('a', 'b', 'jobId', 'nodes', 'first', 'CustomizedVoiceJob', 'F', 'n'),
  },
  { weight: 1, arbitrary: fc.constantFrom(...STRANGE_NAMES) },
);

const number = fc.constantFrom('0', '1', '10', '-1', '101', '2147483648', '1e400', '1.5', '00', '0x10');
const text = fc.constantFrom(
  '""',
  '"x"',
  '" "',
  '"\\u0000"',
  '"\\uD800"',
  '"\\u{1F3A7}"',
  '"""block"""',
  '"Q3VzdG9taXplZFZvaWNlSm9iOng="',
  '"2245ab99a7fd4116a4fd3f499b7a56c5"',
);

const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    number,
    text,
    fc.constantFrom('null', 'true', 'false', 'BASIC', 'ALL', '$n', '$x', '$__proto__'),
    fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join(' ')}]`),
    fc
      .array(fc.tuple(name, tie('value')), { maxLength: 3 })
      .map((fields) => `{${fields.map(([key, of]) => `${key}: ${of}`).join(', ')}}`),
  ),
}));

const directive = fc.oneof(
  { weight: 12, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: value.map((of) => ` @include(if: ${of})`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(' @skip(if: false)', ' @include(if: true)', ' @defer', ' @nowhere', ' @skip'),
  },
);

const alias = fc.oneof(
  { weight: 4, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: name.map((of) => `${of}: `) },
);

/** Valid arguments for most fields that take any. */
const RIGHT_ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  customizedVoiceJobs: [
    '',
    '(first: 2)',
    '(last: 1)',
    '(type: ALL, first: 0)',
    '(type: STANDARD)',
    '(first: $n)',
  ],
  customizedVoiceJob: ['(jobId: "2245ab99a7fd4116a4fd3f499b7a56c5")', '(jobId: "x")'],
  node: ['(id: "Q3VzdG9taXplZFZvaWNlSm9iOng=")', '(id: "x")'],
  nodes: ['(ids: [])', '(ids: ["Q3VzdG9taXplZFZvaWNlSm9iOng=", "x"])'],
  _entities: [
    '(representations: [])',
    '(representations: [{ __typename: "CustomizedVoiceJob", jobId: "x" }])',
    '(representations: [{ __typename: "Voice", id: "x" }, 1])',
  ],
};

const wrongArguments = fc
  .array(fc.tuple(name, value), { minLength: 1, maxLength: 3 })
  .map((given) => `(${given.map(([key, of]) => `${key}: ${of}`).join(', ')})`);

/** A selection set for the type, mostly valid, with an occasional unknown field. */
function selection(schema: GraphQLSchema, type: GraphQLOutputType, depth: number): fc.Arbitrary<string> {
  const named = getNamedType(type);
  if (!isCompositeType(named) || depth === 0) return fc.constant('{ __typename }');
  const fields = isUnionType(named) ? [] : Object.values(named.getFields());
  const field = (of: (typeof fields)[number]) => {
    const right = RIGHT_ARGUMENTS[of.name];
    const args = right === undefined ? fc.constant('') : fc.constantFrom(...right);
    const inner = isCompositeType(getNamedType(of.type))
      ? selection(schema, of.type, depth - 1)
      : fc.constant('');
    return fc
      .tuple(
        alias,
        fc.oneof({ weight: 8, arbitrary: args }, { weight: 1, arbitrary: wrongArguments }),
        directive,
        inner,
      )
      .map(([as, given, directives, of_]) => `${as}${of.name}${given}${directives} ${of_}`);
  };
  const item = fc.oneof(
    ...fields.map((of) => ({ weight: 4, arbitrary: field(of) })),
    { weight: 2, arbitrary: fc.constant('__typename') },
    {
      weight: 1,
      arbitrary: fc.constantFrom('...F', '... on CustomizedVoiceJob { jobId }', '... { __typename }'),
    },
    { weight: 1, arbitrary: name },
  );
  return fc.array(item, { minLength: 1, maxLength: 4 }).map((items) => `{ ${items.join(' ')} }`);
}

const head = fc.constantFrom(
  '',
  '',
  'query ',
  'query Q ',
  'query Q($n: Int = 3) ',
  'query Q($n: Int, $x: Boolean! = true) ',
  'query ($n: [CustomizedVoiceJobTypeFilter!]!) ',
  'mutation ',
  'subscription S ',
);

const FRAGMENTS = [
  '',
  '',
  '',
  ' fragment F on Query { __typename }',
  ' fragment F on CustomizedVoiceJob { jobId ...F }',
  ' fragment F on Nothing { a }',
  ' query Other { __typename }',
];

/** Documents for each endpoint that are, or nearly are, valid GraphQL. */
export const documents = Object.fromEntries(
  Object.entries(SCHEMAS).map(([path, schema]) => {
    const query = schema.getQueryType();
    if (query == null) throw new Error(`${path} has no queries`);
    const document = fc
      .tuple(head, selection(schema, query, 4), fc.constantFrom(...FRAGMENTS))
      .map((parts) => parts.join(''));
    return [path, document];
  }),
) as Record<keyof typeof SCHEMAS, fc.Arbitrary<string>>;
