import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CursorError, decodeCursor, encodeCursor, jobKey } from '../../src/paging/cursor.ts';

const cursors = fc.record({
  list: fc.nat(15),
  offset: fc.nat(2 ** 31 - 1),
  total: fc.nat(2 ** 31 - 1),
  jobKey: fc.string().map(jobKey),
  createdAt: fc.option(fc.nat(2 ** 33)),
});

describe('a cursor', () => {
  test('says when read what was written, in at most 96 characters of a URL', () => {
    fc.assert(
      fc.property(cursors, (cursor) => {
        const text = encodeCursor(cursor);
        expect(text).toMatch(/^[\w-]{1,96}$/);
        expect(decodeCursor(text)).toEqual(cursor);
      }),
    );
  });

  test('is the same for the same place, and another for another', () => {
    fc.assert(
      fc.property(cursors, cursors, (one, other) => {
        expect(encodeCursor(one)).toBe(encodeCursor({ ...one }));
        const same = JSON.stringify(one) === JSON.stringify(other);
        expect(encodeCursor(one) === encodeCursor(other)).toBe(same);
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
    { numRuns: 2000 },
  );
});

test('a job key is the id itself where that has 32 hexadecimal digits', () => {
  expect(jobKey('2245ab99a7fd4116a4fd3f499b7a56c5')).toBe('2245ab99a7fd4116a4fd3f499b7a56c5');
  expect(jobKey('job-1')).toMatch(/^[0-9a-f]{32}$/);
  expect(jobKey('job-1')).not.toBe(jobKey('job-2'));
});
