import { describe, expect, test } from 'vitest';
import { MAX_TOTAL } from '../../src/foreign-values.ts';
import {
  type Anchor,
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

/** The expected neighbours: the same number of the nearest keys in every anchor, incomplete if keys were omitted. */
const withNeighbours = (cursor: Cursor, most: number): Cursor => ({
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
const mostNeighbours = (cursor: Cursor) =>
  Math.max(...cursor.anchors.map(({ neighbours }) => neighbours.keys.length));

describe('a cursor', () => {
  test('decodes to what was encoded, with at most 96 URL-safe characters', () => {
    fc.assert(
      fc.property(cursors, (cursor) => {
        const text = encodeCursor(cursor);
        expect(text).toMatch(/^[\w-]{1,96}$/);
        const read = decodeCursor(text);
        expect(read).toEqual(withNeighbours(cursor, mostNeighbours(read)));
        const room = cursor.anchors.length === 1 ? 15 : LEAST_NEIGHBOURS;
        expect(mostNeighbours(read)).toBeGreaterThanOrEqual(Math.min(mostNeighbours(cursor), room));
      }),
    );
  });

  test('of a search out of calls contains where each list continues, with at most 128 characters', () => {
    const within = fc
      .tuple(fc.nat(2 ** 23), fc.nat(2 ** 23))
      .map(([lowest, more]) => ({ lowest, highest: lowest + more }));
    const resumption = fc.oneof(
      fc.record({ side: fc.constantFrom('after', 'before', 'start', 'end') }),
      fc.record({ side: fc.constantFrom('after' as const, 'before' as const), within }),
    );
    fc.assert(
      fc.property(cursors, hex(12), fc.tuple(resumption, resumption), (cursor, filter, resumptions) => {
        const resumed = cursor.anchors.map((anchor, index) => ({
          ...anchor,
          resumption: resumptions[index],
        }));
        const text = encodeCursor({ ...cursor, filter, anchors: resumed });
        expect(text).toMatch(/^[\w-]{1,128}$/);
        const read = decodeCursor(text);
        expect(read.anchors.map((anchor) => anchor.resumption)).toEqual(
          resumed.map((anchor) => anchor.resumption),
        );
        const plain = decodeCursor(encodeCursor({ ...cursor, filter }));
        expect({ ...read, anchors: read.anchors.map(({ resumption: _, ...anchor }) => anchor) }).toEqual(
          plain,
        );
      }),
    );
  });

  test('of merged lists has room for 4 neighbours in each list, for any number and length of lists', () => {
    const long = anchors.map((anchor) => ({
      ...anchor,
      offset: Math.abs(anchor.offset) * 40,
      total: 2 ** 30 - 1,
    }));
    fc.assert(
      fc.property(fc.nat(15), fc.array(long, { minLength: 2, maxLength: 8 }), (list, anchors) => {
        const cursor = { list, anchors };
        const read = decodeCursor(encodeCursor(cursor));
        expect(read).toEqual(withNeighbours(cursor, mostNeighbours(read)));
        expect(mostNeighbours(read)).toBeGreaterThanOrEqual(
          Math.min(mostNeighbours(cursor), LEAST_NEIGHBOURS),
        );
      }),
    );
  });

  test('is equal for equal positions, and different for different ones', () => {
    fc.assert(
      fc.property(cursors, cursors, (one, other) => {
        expect(encodeCursor(one)).toBe(encodeCursor({ ...one }));
        if (JSON.stringify(withNeighbours(one, 0)) !== JSON.stringify(withNeighbours(other, 0))) {
          expect(encodeCursor(one)).not.toBe(encodeCursor(other));
        }
      }),
    );
  });

  test('that is truncated, mistyped or extended is rejected', () => {
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

  test('of a later version is rejected with its version', () => {
    // Four bytes that start with version 15, and their CRC-16/CCITT-FALSE as computed by other programs.
    const bytes = Buffer.from('f0010203', 'hex');
    const checksum = Buffer.from('7abc', 'hex');
    expect(() => decodeCursor(Buffer.concat([bytes, checksum]).toString('base64url'))).toThrow(
      'cursor version 15',
    );
  });
});

describe('a forged cursor', () => {
  const UNREADABLE =
    'is not a cursor of this gateway; pass on an `endCursor`, `startCursor` or `cursor` unchanged';
  const anchor: Anchor = {
    offset: 5,
    total: 9,
    key: keyOf('row'),
    createdAt: 7,
    ordered: true,
    neighbours: { side: 'above', keys: ['abcdef'], complete: true },
  };

  /** CRC-16/CCITT-FALSE, bit by bit. */
  const checksum = (bytes: Uint8Array) => {
    let crc = 0xffff;
    for (const byte of bytes) {
      for (let bit = 7; bit >= 0; bit--) {
        const isDivided = ((crc >> 15) ^ (byte >> bit)) & 1;
        crc = ((crc << 1) & 0xffff) ^ (isDivided ? 0x1021 : 0);
      }
    }
    return crc;
  };
  const sealed = (body: Uint8Array) => {
    const bytes = Buffer.concat([body, Buffer.alloc(2)]);
    bytes.writeUInt16BE(checksum(body), body.length);
    return bytes.toString('base64url');
  };
  const body = Buffer.from(encodeCursor({ list: 3, anchors: [anchor] }), 'base64url').subarray(0, -2);

  test('with a valid checksum decodes like one of the gateway’s', () => {
    expect(decodeCursor(sealed(body))).toEqual({ list: 3, anchors: [anchor] });
  });

  test('that ends within an anchor is rejected', () => {
    for (let length = 0; length < body.length; length++)
      expect(() => decodeCursor(sealed(body.subarray(0, length)))).toThrow(new CursorError(UNREADABLE));
  });

  test('without an anchor is rejected', () => {
    expect(() => decodeCursor(encodeCursor({ list: 3, anchors: [] }))).toThrow(new CursorError(UNREADABLE));
  });

  test.each([
    ['an offset', { offset: MAX_TOTAL }],
    ['a total', { total: MAX_TOTAL }],
  ])('with %s beyond the maximum length of a list is rejected, in any anchor', (_, beyond) => {
    const [[key]] = Object.entries(beyond) as [[string, number]];
    const far = { ...anchor, ...beyond };
    for (const anchors of [[far], [far, anchor], [anchor, far]])
      expect(() => decodeCursor(encodeCursor({ list: 3, anchors }))).toThrow(new CursorError(UNREADABLE));
    const last = { ...anchor, [key]: MAX_TOTAL - 1 };
    expect(decodeCursor(encodeCursor({ list: 3, anchors: [last] })).anchors).toEqual([last]);
  });

  test('with a number above 2^53 is rejected', () => {
    const [head, ...rest] = body;
    const endless = Buffer.from([head as number, ...Array.from({ length: 200 }, () => 0x80), ...rest]);
    expect(() => decodeCursor(sealed(endless))).toThrow(new CursorError(UNREADABLE));
  });

  test('of an older version is rejected with the versions that are accepted', () => {
    const older = Buffer.from(body);
    older[0] = 0x13;
    expect(() => decodeCursor(sealed(older))).toThrow(
      new CursorError('is of cursor version 1; this gateway reads versions 2 to 4. Start again without it'),
    );
  });

  test('is rejected with a CursorError', () => {
    expect(new CursorError('is none').name).toBe('CursorError');
  });
});

describe('the number of neighbour keys in a cursor', () => {
  const keys = Array.from({ length: 16 }, (_, index) => `${index}`.padStart(6, '0'));
  const anchor = (offset: number, total: number, count: number): Anchor => ({
    offset,
    total,
    key: keyOf('row'),
    createdAt: 7,
    ordered: true,
    neighbours: { side: 'above', keys: keys.slice(0, count), complete: true },
  });
  const keysIn = (...anchors: Anchor[]) =>
    decodeCursor(encodeCursor({ list: 0, anchors })).anchors.map(({ neighbours }) => neighbours.keys.length);

  test('is 16 while the cursor has up to 96 characters, and one fewer for each byte more', () => {
    const full = anchor(2 ** 18, 2 ** 20, 16);
    expect(encodeCursor({ list: 0, anchors: [full] })).toHaveLength(96);
    expect(keysIn(full)).toEqual([16]);
    expect(keysIn(anchor(2 ** 18, 2 ** 21, 16))).toEqual([15]);
  });

  test('is equal for several anchors, and the nearest keys are kept', () => {
    expect(keysIn(anchor(5, 9, 16), anchor(5, 9, 2))).toEqual([10, 2]);
    const cut = decodeCursor(encodeCursor({ list: 0, anchors: [anchor(5, 9, 16), anchor(5, 9, 16)] }));
    for (const { neighbours } of cut.anchors)
      expect(neighbours).toEqual({ side: 'above', keys: keys.slice(0, 6), complete: false });
  });

  test('is at least four, for any numbers and any number of anchors', () => {
    const far = 2 ** 30 - 1;
    expect(keysIn(anchor(far, far, 4), anchor(far, far, 4))).toEqual([4, 4]);
    expect(keysIn(anchor(far, far, 16), anchor(far, far, 4))).toEqual([4, 4]);
    expect(keysIn(anchor(5, 9, 16), anchor(5, 9, 5), anchor(5, 9, 3))).toEqual([4, 4, 3]);
  });
});

test('decodeCursor decodes any string to a cursor or throws CursorError', () => {
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

test('keyOf yields a fixed-length key for any id', () => {
  expect(keyOf('2245ab99a7fd4116a4fd3f499b7a56c5')).toMatch(/^[0-9a-f]{16}$/);
  expect(keyOf('job-1')).toBe(keyOf('job-1'));
  expect(keyOf('job-1').slice(0, 6)).not.toBe(keyOf('job-2').slice(0, 6));
});
