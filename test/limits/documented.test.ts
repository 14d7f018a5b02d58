import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
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
import { MAX_ERRORS } from '../../src/limits/validation.ts';
import { costOf, EVERY_FIELD } from './check-document.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/limits.md'), 'utf8');

/** Cells of the page's tables. */
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

test('docs/limits.md has the actual cost of each example operation', () => {
  const files = readdirSync(join(root, 'examples/operations')).filter((file) => file.endsWith('.graphql'));
  const variables = {
    first: 10,
    last: undefined,
    id: 'x',
    jobId: 'x',
    type: 'BASIC',
    after: 'x',
    filter: {},
  };
  for (const file of files) {
    const text = readFileSync(join(root, 'examples/operations', file), 'utf8');
    const { complexity, depth, plannedUpstreamCalls } = costOf(text, {
      ...variables,
      ...(file === 'last-page.graphql' ? { last: 10 } : {}),
    });
    expect(rows).toContainEqual([file, ...[complexity, depth, plannedUpstreamCalls].map(String)]);
  }
  expect(rows.filter(([name]) => name?.endsWith('.graphql'))).toHaveLength(files.length);
});

test('docs/limits.md has the actual points of its examples', () => {
  const examples = rows.filter(([operation]) => operation?.startsWith('`{'));
  expect(examples).toHaveLength(5);
  for (const [operation = '', , points] of examples)
    expect(`${costOf(operation.slice(1, -1)).complexity}`).toBe(/= (\d+)$/.exec(points ?? '')?.[1]);
});

test('docs/limits.md has the actual figures of the largest pages and of a router', () => {
  const ids = (count: number) => Array.from({ length: count }, (_, index) => `${index}`);
  const page100 = `{ customizedVoiceJobs(first: 100) { edges { cursor node { ${EVERY_FIELD} } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount } }`;
  const jobs = `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on CustomizedVoiceJob { ${EVERY_FIELD} } } }`;
  const entities =
    'query ($of: [_Any!]!) { _entities(representations: $of) { __typename ... on CustomizedVoiceJob { id jobId status voiceName } } }';
  const figures = [
    costOf(page100).complexity,
    costOf(jobs, { ids: ids(100) }).complexity,
    costOf(entities, { of: ids(500) }, { path: '/subgraph' }).complexity,
    costOf('{ customizedVoiceJobs(last: 3) { nodes { jobId } } }').complexity,
  ];
  expect(figures).toEqual([1618, 2431, 7561, 25]);
  for (const figure of figures) expect(page).toMatch(new RegExp(`\\b${figure}\\b`));
});

test('docs/limits.md has all fixed limits', () => {
  const limits: readonly (readonly [what: string, limit: number])[] = [
    ['tokens, comments included', MAX_TOKENS],
    ['nested brackets', MAX_NESTING],
    ['aliases', MAX_ALIASES],
    ['root fields', MAX_ROOT_FIELDS],
    ['fields that one selection has twice', MAX_REPEATED_FIELDS],
    ['uses of fragments', MAX_FRAGMENT_SPREADS],
    ['directives', MAX_DIRECTIVES],
    ['directives on one element', MAX_DIRECTIVES_PER_ELEMENT],
    ['fields with fragments written out', MAX_FLATTENED_FIELDS],
    ['errors reported for one document', MAX_ERRORS],
  ];
  for (const [what, limit] of limits) expect(rows.find(([name]) => name === what)?.[1]).toBe(`${limit}`);
});
