import { expect, test } from 'vitest';
import { LongList } from '../../tools/bench/upstream/long-list.ts';
import { fc, fractionBelowOne } from '../runs.ts';

/** Positions relative to the length of a list, so that they suit any length. */
const places = fc.array(fractionBelowOne, { maxLength: 20 });

test('property: LongList has the pages of a plain array, whatever is inserted and removed', () => {
  fc.assert(
    fc.property(
      fc.nat(300),
      fc.array(fc.record({ inserted: fc.nat(5), places }), { maxLength: 10 }),
      fc.integer({ min: 1, max: 50 }),
      (rows, changes, pageSize) => {
        const list = new LongList(rows);
        let next = rows;
        let plain = Array.from({ length: rows }, (_, index) => rows - 1 - index);
        for (const { inserted, places } of changes) {
          const offsets = places.map((place) => Math.floor(place * plain.length));
          list.remove(plain.length === 0 ? [] : offsets);
          plain = plain.filter((_, offset) => !offsets.includes(offset));
          list.insert(inserted);
          for (let count = 0; count < inserted; count++) plain.unshift(next++);
        }
        expect(list.total).toBe(plain.length);
        for (let pageNo = 1; pageNo <= Math.ceil(plain.length / pageSize) + 1; pageNo++)
          expect(list.page(pageNo, pageSize)).toEqual(
            plain.slice((pageNo - 1) * pageSize, pageNo * pageSize),
          );
      },
    ),
  );
});

test('LongList with ten million rows, some removed, has correct pages at both ends', () => {
  const list = new LongList(10_000_000);
  list.remove(Array.from({ length: 1000 }, (_, index) => 2 * index));
  expect(list.total).toBe(9_999_000);
  expect(list.page(1, 3)).toEqual([9_999_998, 9_999_996, 9_999_994]);
  expect(list.page(999_900, 10)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
});
