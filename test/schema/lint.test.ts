import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { elementsOf } from '../../tools/checks/schema/elements.ts';
import { readSchema } from '../../tools/checks/schema/read.ts';
import { exchange, folderWith, root, runCheck } from './programs.ts';

const SCHEMA = readFileSync(join(root, 'schema.graphql'), 'utf8');

/** Lints the committed schema after one replacement. */
async function lint(from: string, to: string) {
  const folder = await folderWith({ 'schema.graphql': exchange(SCHEMA, from, to) });
  return runCheck('schema-lint.ts', [], folder);
}

test.for([
  [
    'a field without description',
    '  """The job."""\n',
    '',
    'CustomizedVoiceJobEdge.node: this field needs a desc',
  ],
  [
    'a type without description',
    '"""Gender of a voice."""\nenum',
    'enum',
    'VoiceGender: this type needs a desc',
  ],
  ['a value without description', '"""Male voice."""', '', 'VoiceGender.MALE: this enum value needs a desc'],
  [
    'an argument without description',
    '"""Global id: the `id` field of an object."""',
    '',
    'Query.node.id: this argument needs a desc',
  ],
  [
    'a snake_case field',
    'voiceDesc:',
    'voice_desc:',
    'CustomizedVoiceJob.voice_desc: the name of this field',
  ],
  ['a snake_case argument', 'ids:', 'all_ids:', 'Query.nodes.all_ids: the name of this argument'],
  ['a lower-case enum value', ' FEMALE', ' female', 'VoiceGender.female: the name of this enum value'],
  ['a lower-case type', 'VoiceGender', 'voiceGender', 'voiceGender: the name of this type'],
  [
    'a deprecation without reason',
    'voiceDesc: String',
    'voiceDesc: String @deprecated',
    'CustomizedVoiceJob.voiceDesc: this field is deprecated',
  ],
  [
    'an edge without cursor',
    'cursor: String!',
    'place: String!',
    'CustomizedVoiceJobEdge: should have the field `cursor`',
  ],
  [
    'a nullable hasNextPage',
    'hasNextPage: Boolean!',
    'hasNextPage: Boolean',
    'PageInfo: should have the field',
  ],
  ['a nullable pageInfo', 'PageInfo!', 'PageInfo', 'CustomizedVoiceJobConnection: should have the field'],
  ['a required `first`', 'first: Int', 'first: Int!', 'Query.customizedVoiceJobs: the argument `first`'],
] as const)('%s is a lint problem, with its path', async ([, from, to, problem]) => {
  const { code, output } = await lint(from, to);
  const line = output.split('\n').find((line) => line.includes(problem));
  expect(line, output).toMatch(/^schema\.graphql:\d+:\d+ /);
  // Types of the same shape have the same problem.
  const wording = problem.slice(problem.indexOf(': ') + 2);
  const { length } = output.split('\n').filter((line) => line.includes(wording));
  expect(output).toContain(`problems: ${length}.`);
  expect(code).toBe(1);
});

test('the committed schema has no lint problem', async () => {
  const { code, output } = await runCheck('schema-lint.ts');
  expect(output).toBe('schema.graphql: no problem.\n');
  expect(code).toBe(0);
});

test('an invalid schema fails the lint, with the location', async () => {
  const { code, output } = await lint('id: ID!', 'id: ID?');
  expect(output).toMatch(/schema\.graphql:\d+:9\n/);
  expect(code).toBe(1);
});

// For this reason only schema.graphql is linted.
test('the subgraph has no type, field or description that the schema lacks', () => {
  const partsOf = (file: string) =>
    elementsOf(readSchema(join(root, file))).map(({ path, description }) => `${path}: ${description}`);
  const schema = new Set(partsOf('schema.graphql'));
  expect(partsOf('subgraph.graphql').filter((part) => !schema.has(part))).toEqual([]);
});

test('types and fields of the federation specification are not linted', async () => {
  const folder = await folderWith({
    'subgraph.graphql': `
      extend schema @link(url: "https://specs.apollo.dev/federation/v2.0", import: ["@key"])
      scalar _Any
      scalar federation__FieldSet
      directive @federation__shareable on OBJECT
      union _Entity = Job
      type _Service { sdl: String }
      "A job." type Job @key(fields: "id") { "Its id." id: ID! undescribed: Int }
      "Queries." type Query { _service: _Service! _entities(representations: [_Any!]!): [_Entity]! }
    `,
  });
  const { code, output } = await runCheck('schema-lint.ts', ['subgraph.graphql'], folder);
  expect(output).toMatch(
    /^subgraph\.graphql:\d+:\d+ Job\.undescribed: .*\nsubgraph\.graphql: problems: 1\.\n$/,
  );
  expect(code).toBe(1);
});
