import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Library } from './foreign-list.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/kernel.md'), 'utf8');
const definition = readFileSync(join(import.meta.dirname, '../../src/paging/page-source.ts'), 'utf8');
const options = readFileSync(join(import.meta.dirname, '../../src/paging/lists.ts'), 'utf8');

const ROW_COUNTS = [1, 10, 25, 49, 50, 100];
const WALKS = [
  ['newest first', 'forwards'],
  ['newest first', 'backwards'],
  ['own', 'forwards'],
  ['own', 'backwards'],
] as const;
const CACHE = { ttlMs: 3_600_000, staleIfErrorMs: 0 };

test('docs/kernel.md has the measured number of calls of a walk of 1,000 rows at rest in pages of up to 50', async () => {
  const rows = [`| rows of a page | ${ROW_COUNTS.join(' | ')} |`];
  for (const cache of [undefined, CACHE])
    for (const [order, direction] of WALKS) {
      const calls = await Promise.all(
        ROW_COUNTS.map(async (count) => {
          const library = new Library(order === 'own' ? 'oldest first' : order, 50, cache);
          library.fill({ left: 1000, right: 0 });
          return (await library.walk('left', direction, count, [])).calls;
        }),
      );
      rows.push(`| ${order}, ${direction}${cache === undefined ? '' : ', cached'} | ${calls.join(' | ')} |`);
    }
  const table = page.split('\n').filter((line) => rows[0] === line || /^\| (newest first|own), /.test(line));
  expect(table).toEqual(rows);
});

test.each([
  ['a definition', 'ListDefinition', definition],
  ['a source', 'PageSource', definition],
  ['options', 'ListsOptions', options],
])('docs/kernel.md has a row for each field of %s', (_, name, source) => {
  const [, body = ''] = source.split(new RegExp(`export interface ${name}\\b`));
  const fields = [...body.slice(0, body.indexOf('\n}\n')).matchAll(/^ {2}(?:readonly )?(\w+)\??[:(]/gm)];
  expect(fields.length).toBeGreaterThan(1);
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  expect(
    fields.map(([, field]) => field).filter((field) => !rows.some((row) => row.startsWith(`| \`${field}`))),
  ).toEqual([]);
});
