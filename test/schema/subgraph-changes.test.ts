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
  ['another key', '"number"', '"name"', 'Job.@key: @key(fields: "number") was removed'],
  ['a type that is no longer shared', ' @shareable', '', 'Place.@shareable: @shareable was removed'],
  [
    'a hidden field',
    'name: String',
    'name: String @inaccessible',
    'Job.name.@inaccessible: @inaccessible was',
  ],
  ['a removed field', ' name: String', '', "Job.name: Field 'name' was removed"],
] as const)('in a subgraph, %s fails', async ([, from, to, what]) => {
  const { code, output } = await compare(SUBGRAPH, from, to);
  expect(output).toContain(`BREAKING ${what}`);
  expect(code).toBe(1);
});

test('in a subgraph, keys may change places, and new ones may come', async () => {
  const keys = '@key(fields: "id") @key(fields: "number")';
  const more = '@key(fields: "number") @key(fields: "name") @key(fields: "id")';
  const { code, output } = await compare(SUBGRAPH, keys, more);
  expect(output).not.toMatch(/BREAKING|warning/);
  expect(code).toBe(0);
});

test('a subgraph that only extends Query fails, as its fields would be overlooked', async () => {
  const { code, output } = await compare(SUBGRAPH, 'type Query', 'extend type Query');
  expect(output).toContain('new.graphql: there is no type Query');
  expect(code).toBe(1);
});
