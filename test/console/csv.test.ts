import { expect, test } from 'vitest';
import { toCsv } from '../../console/src/filter/csv.ts';
import { fc, runs } from '../runs.ts';

/** Parses CSV by the grammar of RFC 4180, independently of the code that wrote it. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    let field = '';
    if (text[at] === '"') {
      for (at += 1; ; at += 1) {
        if (text[at] === '"' && text[at + 1] !== '"') break;
        if (text[at] === '"') at += 1;
        field += text[at];
      }
      at += 1;
    } else while (at < text.length && text[at] !== ',' && text[at] !== '\r') field += text[at++];
    row.push(field);
    if (text[at] === ',') {
      at += 1;
      continue;
    }
    expect(text.slice(at, at + 2)).toBe('\r\n');
    at += 2;
    rows.push(row);
    row = [];
  }
  return rows;
}

test('a CSV reader gets every text back unchanged, except for an apostrophe before a formula', () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom('"', ',', ';', '\r', '\n', '=', '+', '-', '@', '\t', 'a', '＝') }),
  );
  fc.assert(
    fc.property(fc.array(fc.array(text, { minLength: 3, maxLength: 3 })), (rows) => {
      const csv = toCsv({ columns: ['a', 'b', 'c'], rows });
      expect(csv.startsWith('\ufeff')).toBe(true);
      const [head, ...read] = readCsv(csv.slice(1));
      expect(head).toEqual(['a', 'b', 'c']);
      expect(read).toEqual(
        rows.map((row) => row.map((field) => (/^[=+\-@\t\r\n＝＋－＠]/.test(field) ? `'${field}` : field))),
      );
    }),
    { numRuns: runs(500) },
  );
});

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1', '＋1', '－1', '＠A'])(
  'a spreadsheet does not evaluate %j as a formula',
  (text) => {
    expect(toCsv({ columns: ['a'], rows: [[text]] })).toBe(`\ufeff"a"\r\n"'${text}"\r\n`);
  },
);

test('a missing value is an empty cell, and an empty text a quoted empty cell', () => {
  expect(toCsv({ columns: ['a', 'b'], rows: [[null, '']] })).toBe('\ufeff"a","b"\r\n,""\r\n');
});
