import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { MAX_JSON_BYTES, MAX_TOTAL } from '../../src/foreign-values.ts';
import { PageCodec } from '../../src/paging/page-codec.ts';
import type { ListRow } from '../../src/paging/row-range.ts';
import { fc } from '../runs.ts';

/** A codec for rows of another kind, in pages of up to five. */
const codec = new PageCodec<ListRow>({
  version: 7,
  maxPageSize: 5,
  compact: ({ id, createdSecond }) => [id, createdSecond],
  expand: (compact) => {
    if (!Array.isArray(compact) || typeof compact[0] !== 'string') throw new TypeError('no row');
    return { id: compact[0], createdSecond: compact[1] };
  },
});

const rows = fc.record({ id: fc.string(), createdSecond: fc.option(fc.nat()) });
const packed = (value: unknown) => deflateRawSync(JSON.stringify(value));
const unpacked = (bytes: Buffer): unknown => JSON.parse(inflateRawSync(bytes).toString());

test('a codec has the version of its format', () => {
  expect(codec.version).toBe(7);
});

test('any page survives encoding and decoding', () => {
  fc.assert(
    fc.property(
      fc.record({
        start: fc.nat(MAX_TOTAL - 1),
        total: fc.nat(MAX_TOTAL - 1),
        last: fc.boolean(),
        rows: fc.array(fc.option(rows, { nil: undefined }), { maxLength: 5 }),
      }),
      (page) => {
        expect(codec.decodePage(codec.encodePage(page))).toEqual(page);
      },
    ),
  );
});

test('a row survives encoding and decoding, and a missing one is null', () => {
  fc.assert(
    fc.property(fc.option(rows), (row) => {
      expect(codec.decodeRow(codec.encodeRow(row))).toEqual({ row });
    }),
  );
});

test('a page is encoded as four JSON values, with 0 for an unusable row', () => {
  const row = { id: 'a', createdSecond: 9 };
  const page = { start: 3, total: 5, last: true, rows: [row, undefined] };
  expect(unpacked(codec.encodePage(page))).toEqual([3, 5, 1, [['a', 9], 0]]);
  expect(unpacked(codec.encodePage({ ...page, last: false, rows: [] }))).toEqual([3, 5, 0, []]);
});

test('a page is compressed at the fastest level', () => {
  const words = ['alpha', 'beta', 'gamma', 'delta', 'alphabet'];
  const textOf = (row: number) =>
    Array.from({ length: 200 }, (_, n) => words[(n * n + row * n) % 5]).join(' ');
  const many = Array.from({ length: 5 }, (_, row) => ({ id: textOf(row), createdSecond: row }));
  const json = JSON.stringify([0, 9, 0, many.map(({ id, createdSecond }) => [id, createdSecond])]);
  const fastest = deflateRawSync(json, { level: 1 });
  expect(fastest).not.toEqual(deflateRawSync(json));
  expect(codec.encodePage({ start: 0, total: 9, last: false, rows: many })).toEqual(fastest);
});

describe('decoding returns undefined for', () => {
  test.each([
    ['bytes that are not compressed', Buffer.from('[0,1,1,[]]')],
    ['text that is not JSON', deflateRawSync('[0,1,1,[]')],
    ['a value that is not an array', packed({ 0: 0, 1: 1, 2: 1, 3: [] })],
    ['a negative start', packed([-1, 1, 1, []])],
    ['a start beyond the maximum length of a list', packed([MAX_TOTAL, 1, 1, []])],
    ['a fractional total', packed([0, 1.5, 1, []])],
    ['a flag that is neither 0 nor 1', packed([0, 1, 2, []])],
    ['a flag of another type', packed([0, 1, true, []])],
    ['rows that are a string', packed([0, 1, 1, 'rows'])],
    ['rows that are an object', packed([0, 1, 1, { length: 0 }])],
    ['more rows than a page has', packed([0, 9, 0, [0, 0, 0, 0, 0, 0]])],
    ['a row that the format rejects', packed([0, 1, 1, [7]])],
    ['an empty array', packed([])],
  ])('%s', (_, bytes) => {
    expect(codec.decodePage(bytes)).toBeUndefined();
  });

  test('a row that the format rejects', () => {
    expect(codec.decodeRow(packed([7]))).toBeUndefined();
    expect(codec.decodeRow(packed([]))).toBeUndefined();
    expect(codec.decodeRow(packed({ 0: null }))).toBeUndefined();
  });

  test('a value that inflates to more than any upstream response', () => {
    const longest = 'x'.repeat(MAX_JSON_BYTES - 10);
    expect(codec.decodeRow(packed([[longest, 1]]))).toBeDefined();
    expect(codec.decodeRow(packed([[`${longest}xxxxxxxxxxxx`, 1]]))).toBeUndefined();
  });
});

test('a page of the maximum size is decoded', () => {
  expect(codec.decodePage(packed([0, 9, 0, [0, 0, 0, 0, 0]]))?.rows).toHaveLength(5);
});
