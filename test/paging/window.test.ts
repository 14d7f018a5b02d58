import { describe, expect, test } from 'vitest';
import { BadInputError } from '../../src/errors.ts';
import { readExtent, windowOf } from '../../src/paging/window.ts';

const LIST_LENGTHS = [0, 1, 9, 10, 99, 100, 101, 271];
const SIZES = [0, 1, 2, 9, 10, 33, 99, 100];

/**
 * The offsets that Relay's algorithm returns on a plain array. @see
 * https://relay.dev/graphql/connections.htm#sec-Pagination-algorithm
 */
function plain(length: number, after?: number, before?: number, first?: number, last?: number): number[] {
  let rows = Array.from({ length }, (_, offset) => offset);
  if (after !== undefined) rows = rows.filter((offset) => offset > after);
  if (before !== undefined) rows = rows.filter((offset) => offset < before);
  if (first !== undefined) rows = rows.slice(0, first);
  if (last !== undefined) rows = last === 0 ? [] : rows.slice(-last);
  return rows;
}

const offsets = ({ start, end }: { start: number; end: number }) =>
  Array.from({ length: end - start }, (_, index) => start + index);

describe.each(LIST_LENGTHS)('windowOf in a list of %i', (length) => {
  test.each(['first', 'last'] as const)(
    'for %s of every size at every offset equals a plain array',
    (which) => {
      let checked = 0;
      for (const size of SIZES) {
        for (const after of [undefined, ...offsets({ start: 0, end: length + 3 })]) {
          for (const before of [undefined, 0, 1, 7, Math.floor(length / 2), length - 1, length, length + 5]) {
            if (before !== undefined && before < 0) continue;
            const window = windowOf(readExtent({ [which]: size }), { after, before }, length);
            const [first, last] = which === 'first' ? [size, undefined] : [undefined, size];
            // Without `expect`, which takes longer than the comparison.
            const found = offsets(window).join();
            const right = plain(length, after, before, first, last).join();
            if (found !== right)
              expect.fail(`${which} ${size} after ${after} before ${before}: ${found} instead of ${right}`);
            checked++;
          }
        }
      }
      expect(checked).toBeGreaterThan(100);
    },
  );

  test('returns an empty window at the position of the cursor, never at the start', () => {
    for (let after = 0; after < length + 5; after++) {
      const { start, end } = windowOf(readExtent({ first: 0 }), { after }, length);
      expect([start, end]).toEqual([Math.min(after + 1, length), Math.min(after + 1, length)]);
    }
  });
});

describe('readExtent', () => {
  test('returns the first ten without first and last', () => {
    expect(readExtent({})).toEqual({ rows: 10, from: 'start' });
    expect(readExtent({ first: null, last: null, before: 'x' })).toEqual({ rows: 10, from: 'start' });
  });

  test.each([-1, 101, 1.5, Number.NaN, 2 ** 31])('rejects %s rows with the name of the argument', (rows) => {
    for (const argument of ['first', 'last'] as const) {
      const read = () => readExtent({ [argument]: rows });
      expect(read).toThrow(BadInputError);
      expect(read).toThrow(`\`${argument}\` is ${rows}; allowed is a whole number from 0 to 100.`);
    }
  });

  test('rejects first together with last', () => {
    const read = () => readExtent({ first: 1, last: 1 });
    expect(read).toThrow('Give `first` or `last`, not both');
    expect(read).toThrow(
      expect.objectContaining({ extensions: expect.objectContaining({ argument: 'last' }) }),
    );
  });
});
