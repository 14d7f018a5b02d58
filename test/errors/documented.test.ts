import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ERROR_CODES } from '../../src/errors.ts';
import { CLOSE } from '../../src/server/subscriptions/ws-connection.ts';

const root = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

/** Cells of the table below a heading of docs/errors.md, by row. */
function rowsBelow(heading: string): string[][] {
  const page = read('docs/errors.md');
  const start = page.indexOf(`\n## ${heading}\n`);
  const end = page.indexOf('\n## ', start + 1);
  const lines = page.slice(start, end === -1 ? undefined : end).split('\n');
  return lines
    .filter((line) => line.startsWith('| '))
    .slice(1)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

const rows = rowsBelow('Codes');

describe('docs/errors.md', () => {
  test('has one row for each error code, in the order of src/errors.ts', () => {
    expect(rows.map(([code]) => code)).toEqual(ERROR_CODES.map((code) => `\`${code}\``));
  });

  test('gives each code an HTTP status, a cause, whether to retry, and actions for client and operator', () => {
    for (const [code, http, cause, retry, client, operator] of rows) {
      expect(http, code).toMatch(/^[2-5]\d\d(, [2-5]\d\d)?$/);
      expect(cause?.length, code).toBeGreaterThan(10);
      expect(['no', 'once', 'yes'], code).toContain(retry);
      expect(client?.length, code).toBeGreaterThan(10);
      expect(operator, code).not.toBe('');
    }
  });

  test('has one row for each close code of a WebSocket', () => {
    const documented = rowsBelow('WebSocket close codes').map(([code]) => Number(code));
    // The library sends 1009.
    const sent = new Set([1009, ...Object.values(CLOSE).map(({ code }) => code)]);
    expect(documented.filter((code) => !Number.isNaN(code))).toEqual([...sent].sort((a, b) => a - b));
  });
});

test('every error code in the source is defined in src/errors.ts, and each defined code is used', () => {
  const files = globSync('src/**/*.ts', { cwd: root }).filter((file) => file !== 'src/errors.ts');
  const sources = files.map(read).join('\n');
  const named = [...sources.matchAll(/\bcode: '([A-Z]+_[A-Z_]+)'/g)].map(([, code = '']) => code);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((code) => !(ERROR_CODES as readonly string[]).includes(code))).toEqual([]);
  expect(ERROR_CODES.filter((code) => !sources.includes(`'${code}'`))).toEqual([]);
});

test('docs/emulator.md has a command that provokes each error code except INTERNAL_SERVER_ERROR', () => {
  const page = read('docs/emulator.md');
  const missing = ERROR_CODES.filter((code) => !page.includes(`\`${code}\``));
  expect(missing).toEqual([]);
});
