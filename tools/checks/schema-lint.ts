import { relative } from 'node:path';
import process from 'node:process';
import { getLocation } from 'graphql';
import { run, say } from './run.ts';
import { findBreaches, type Problem } from './schema/conventions.ts';
import { readSchema } from './schema/read.ts';
import { findRelayBreaches } from './schema/relay.ts';

/**
 * `node tools/checks/schema-lint.ts [file…]` fails if an element of a schema has no description, violates the naming
 * convention of its kind, or deviates from the Relay specifications. By default it reads schema.graphql; subgraph.graphql has
 * the same elements.
 */
await run(() => {
  const files = process.argv.slice(2);
  const results = (files.length > 0 ? files : ['schema.graphql']).map(lint);
  return results.every((clean) => clean);
});

function lint(file: string): boolean {
  const schema = readSchema(file);
  const problems = [...findBreaches(schema), ...findRelayBreaches(schema)];
  for (const problem of problems) say(`${placeOf(file, problem)} ${problem.path}: ${problem.message}`);
  say(`${file}: ${problems.length === 0 ? 'no problem' : `problems: ${problems.length}`}.`);
  return problems.length === 0;
}

/** A location in the format that editors and terminals recognise as a link. */
function placeOf(file: string, { node }: Problem): string {
  const path = relative('', file);
  if (node?.loc === undefined) return path;
  const { line, column } = getLocation(node.loc.source, node.loc.start);
  return `${path}:${line}:${column}`;
}
