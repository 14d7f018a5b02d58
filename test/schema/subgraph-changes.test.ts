import { expect, test } from 'vitest';
import { compare } from './programs.ts';

const SUBGRAPH = `
extend schema @link(url: "https://specs.apollo.dev/federation/v2.0", import: ["@key", "@shareable", "@inaccessible"])
type Job @key(fields: "id") @key(fields: "number") { id: ID! number: Int! name: String }
type Place @shareable { city: String }
type Query { job(id: ID!): Job place: Place }
`;

test.for([
  ['a removed key', ' @key(fields: "number")', '', 'Job.@key: @key(fields: "number") was removed'],
  ['a replaced key', '"number"', '"name"', 'Job.@key: @key(fields: "number") was removed'],
  ['a type without @shareable', ' @shareable', '', 'Place.@shareable: @shareable was removed'],
  [
    'a field made @inaccessible',
    'name: String',
    'name: String @inaccessible',
    'Job.name.@inaccessible: @inaccessible was',
  ],
  ['a removed field', ' name: String', '', "Job.name: Field 'name' was removed"],
] as const)('%s is a breaking change of a subgraph', async ([, from, to, what]) => {
  const { code, output } = await compare(SUBGRAPH, from, to);
  expect(output).toContain(`BREAKING ${what}`);
  expect(code).toBe(1);
});

test('keys of a subgraph may be reordered, and keys may be added', async () => {
  const keys = '@key(fields: "id") @key(fields: "number")';
  const more = '@key(fields: "number") @key(fields: "name") @key(fields: "id")';
  const { code, output } = await compare(SUBGRAPH, keys, more);
  expect(output).not.toMatch(/BREAKING|warning/);
  expect(code).toBe(0);
});

test('a subgraph that only extends Query fails the check, because its fields would be ignored', async () => {
  const { code, output } = await compare(SUBGRAPH, 'type Query', 'extend type Query');
  expect(output).toContain('new.graphql: there is no type Query');
  expect(code).toBe(1);
});
