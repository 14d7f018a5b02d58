import { expect, test } from 'vitest';
import { compare, exchange, folderWith, runCheck } from './programs.ts';

const OLD = `
interface Node { id: ID! }
enum State { WAITING DONE }
enum Order { NEWEST OLDEST }
input Filter { state: State! = DONE name: String }
type Job implements Node { id: ID! name: String state: State! }
type Note { text: String }
type Query {
  job(id: ID!): Job
  jobs(order: Order! = NEWEST, first: Int, filter: Filter): [Job!]!
  note: Note
}
`;

test.for([
  ['a renamed field', 'ID! name:', 'ID! title:', "Job.name: Field 'name' was removed", 'select it fail'],
  [
    'a removed enum value',
    'WAITING DONE',
    'DONE',
    "State.WAITING: Enum value 'WAITING' was removed",
    'error',
  ],
  [
    'a new required argument',
    '(id: ID!)',
    '(id: ID!, of: ID!)',
    'Query.job.of: Argument',
    'leave it out fail',
  ],
  ['an argument made required', 'first: Int', 'first: Int!', 'Query.jobs.first: Type for argument', 'error'],
  [
    'a required argument without its default',
    ' = NEWEST',
    '',
    'Query.jobs.order: Default',
    'leave it out fail',
  ],
  ['a required input without its default', ' = DONE', '', 'Filter.state: Input field', 'leave it out fail'],
  ['a new required input', 'input Filter {', 'input Filter { of: ID!', 'Filter.of: Input field', 'error'],
  [
    'a field made nullable',
    'state: State! }',
    'state: State }',
    "Job.state: Field 'Job.state'",
    'such as null',
  ],
  ['a removed argument', 'first: Int, ', '', "Query.jobs.first: Argument 'first: Int'", 'give it fail'],
  [
    'a field of another type',
    'note: Note',
    'note: Job',
    "Query.note: Field 'Query.note' changed type",
    'fail',
  ],
  ['a removed interface', ' implements Node', '', "Job: 'Job' object type no longer", 'fragment'],
] as const)('%s is a breaking change, and the report says what and why', async ([, from, to, what, why]) => {
  const { code, output } = await compare(OLD, from, to);
  expect(output).toContain(`BREAKING ${what}`);
  expect(output).toMatch(new RegExp(`^BREAKING .*${why}`, 'm'));
  expect(output).toContain('tools/checks/released-schema/accepted.txt');
  expect(code).toBe(1);
});

test('the breaking-change check names a removed type', async () => {
  const withoutNote = exchange(OLD, 'type Note { text: String }', '');
  const folder = await folderWith({
    'old.graphql': OLD,
    'new.graphql': exchange(withoutNote, '  note: Note\n', ''),
  });
  const { code, output } = await runCheck('breaking-changes.ts', ['old.graphql', 'new.graphql'], folder);
  expect(output).toContain("BREAKING Note: Type 'Note' was removed");
  expect(output).toContain("BREAKING Query.note: Field 'note' was removed");
  expect(code).toBe(1);
});

test.for([
  ['a new field', 'name: String state', 'name: String size: Int state'],
  ['a deprecated field', 'name: String state', 'name: String @deprecated(reason: "Use id.") state'],
  ['a field made non-null', 'name: String state', 'name: String! state'],
  ['an argument made optional', 'id: ID!)', 'id: ID)'],
  ['a new description', 'type Note', '"""What somebody wrote.""" type Note'],
] as const)('%s is no breaking change, and is not reported', async ([, from, to]) => {
  const { code, output } = await compare(OLD, from, to);
  expect(output).toBe('new.graphql: no breaking change since the last release that is not accepted.\n');
  expect(code).toBe(0);
});

test.for([
  ['a new enum value', 'WAITING DONE', 'WAITING DONE PAUSED', 'State.PAUSED'],
  ['a new optional argument', 'first: Int', 'first: Int, last: Int', 'Query.jobs.last'],
  ['another default', '= NEWEST', '= OLDEST', 'Query.jobs.order'],
] as const)('%s is reported as a warning', async ([, from, to, path]) => {
  const { code, output } = await compare(OLD, from, to);
  expect(output).toContain(`warning ${path}: `);
  expect(output).not.toContain('BREAKING');
  expect(code).toBe(0);
});

test('an accepted break passes by its path, and no other break with it', async () => {
  const accepted = { 'accepted.txt': '# on purpose\nJob.name nobody has asked for it in a year\n' };
  const one = await compare(OLD, 'name: String state', 'state', accepted);
  expect(one.output).toContain('accepted Job.name: ');
  expect(one.code).toBe(0);

  const both = await compare(OLD, 'name: String state: State!', 'state: State', accepted);
  expect(both.output).toContain('BREAKING Job.state: ');
  expect(both.code).toBe(1);
});

test('an accepted break that does not exist must be removed from the list', async () => {
  const { code, output } = await compare(OLD, 'DONE }', 'DONE HALTED }', {
    'accepted.txt': 'Job.name why\n',
  });
  expect(output).toContain('accepts Job.name, where nothing breaks');
  expect(code).toBe(1);
});

test.for([
  ['has a syntax error', 'type Job', 'typ Job', /new\.graphql:6:1/],
  ['is an invalid schema', 'note: Note', 'note: Nothing', /new\.graphql: .*Nothing/],
] as const)('a schema file that %s fails the check, with the location', async ([, from, to, place]) => {
  const { code, output } = await compare(OLD, from, to);
  expect(output).toMatch(place);
  expect(code).toBe(1);
});

test('the committed schemas contain no unaccepted breaking change', async () => {
  const { code, output } = await runCheck('breaking-changes.ts');
  expect(output).toContain('schema.graphql: no breaking change');
  expect(code).toBe(0);
});
