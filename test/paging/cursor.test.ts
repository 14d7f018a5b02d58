import { describe, expect, test } from 'vitest';
import {
  type Cursor,
  CursorError,
  decodeCursor,
  encodeCursor,
  keyOf,
  LEAST_NEIGHBOURS,
} from '../../src/paging/cursor.ts';
import { fc, runs } from '../runs.ts';

const hex = (digits: number) =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'), { minLength: digits, maxLength: digits })
    .map((all) => all.join(''));
const neighbours = fc.record({
  side: fc.constantFrom('above' as const, 'below' as const),
  keys: fc.array(hex(6), { maxLength: 16 }),
  complete: fc.boolean(),
});
const anchors = fc.record({
  offset: fc.integer({ min: -1, max: 2 ** 24 - 1 }),
  total: fc.nat(2 ** 24 - 1),
  key: fc.string().map(keyOf),
  createdAt: fc.option(fc.nat(2 ** 33)),
  ordered: fc.boolean(),
  neighbours,
});
const cursors = fc.record({ list: fc.nat(15), anchors: fc.array(anchors, { minLength: 1, maxLength: 2 }) });

/** What of the neighbours has room: the same number of the nearest of every anchor, which then are not all any more. */
const withMarks = (cursor: Cursor, most: number): Cursor => ({
  ...cursor,
  anchors: cursor.anchors.map((anchor) => ({
    ...anchor,
    neighbours: {
      side: anchor.neighbours.side,
      keys: anchor.neighbours.keys.slice(0, most),
      complete: anchor.neighbours.complete && anchor.neighbours.keys.length <= most,
    },
  })),
});
const mostMarks = (cursor: Cursor) =>
  Math.max(...cursor.anchors.map(({ neighbours }) => neighbours.keys.length));

describe('a cursor', () => {
  test('says when read what was written, in at most 96 characters of a URL', () => {
    fc.assert(
      fc.property(cursors, (cursor) => {
        const text = encodeCursor(cursor);
        expect(text).toMatch(/^[\w-]{1,96}$/);
        const read = decodeCursor(text);
        expect(read).toEqual(withMarks(cursor, mostMarks(read)));
        const room = cursor.anchors.length === 1 ? 15 : LEAST_NEIGHBOURS;
        expect(mostMarks(read)).toBeGreaterThanOrEqual(Math.min(mostMarks(cursor), room));
      }),
    );
  });

  test('of merged lists has room for 4 neighbours in each, however many lists there are and however long they are', () => {
    const long = anchors.map((anchor) => ({
      ...anchor,
      offset: Math.abs(anchor.offset) * 40,
      total: 2 ** 30 - 1,
    }));
    fc.assert(
      fc.property(fc.nat(15), fc.array(long, { minLength: 2, maxLength: 8 }), (list, anchors) => {
        const cursor = { list, anchors };
        const read = decodeCursor(encodeCursor(cursor));
        expect(read).toEqual(withMarks(cursor, mostMarks(read)));
        expect(mostMarks(read)).toBeGreaterThanOrEqual(Math.min(mostMarks(cursor), LEAST_NEIGHBOURS));
      }),
    );
  });

  test('is the same for the same place, and another for another', () => {
    fc.assert(
      fc.property(cursors, cursors, (one, other) => {
        expect(encodeCursor(one)).toBe(encodeCursor({ ...one }));
        if (JSON.stringify(withMarks(one, 0)) !== JSON.stringify(withMarks(other, 0))) {
          expect(encodeCursor(one)).not.toBe(encodeCursor(other));
        }
      }),
    );
  });

  test('that is torn, mistyped or lengthened is refused', () => {
    fc.assert(
      fc.property(cursors, fc.nat(), fc.constantFrom('A', 'b', '7', '_'), (cursor, seed, char) => {
        const text = encodeCursor(cursor);
        const at = seed % text.length;
        expect(() => decodeCursor(text.slice(0, at))).toThrow(CursorError);
        expect(() => decodeCursor(`${text}${char}`)).toThrow(CursorError);
        const mistyped = `${text.slice(0, at)}${char}${text.slice(at + 1)}`;
        if (mistyped !== text) expect(() => decodeCursor(mistyped)).toThrow(CursorError);
      }),
    );
  });

  test('of a later version is refused by its version', () => {
    // Four bytes that begin with version 15, and the CRC-16/CCITT-FALSE of them as other programs compute it.
    const bytes = Buffer.from('f0010203', 'hex');
    const checksum = Buffer.from('7abc', 'hex');
    expect(() => decodeCursor(Buffer.concat([bytes, checksum]).toString('base64url'))).toThrow(
      'cursor version 15',
    );
  });
});

test('any string is read as a cursor or refused as none', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String(), fc.string({ unit: 'binary' })), (text) => {
      try {
        decodeCursor(text);
      } catch (error) {
        expect(error).toBeInstanceOf(CursorError);
      }
    }),
    { numRuns: runs(2000) },
  );
});

test('a key stands for its job, whatever ids look like', () => {
  expect(keyOf('2245ab99a7fd4116a4fd3f499b7a56c5')).toMatch(/^[0-9a-f]{16}$/);
  expect(keyOf('job-1')).toBe(keyOf('job-1'));
  expect(keyOf('job-1').slice(0, 6)).not.toBe(keyOf('job-2').slice(0, 6));
});
