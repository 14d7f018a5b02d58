import { fc } from '../../runs.ts';

/** One change to some bytes. Positions are modulo their length. */
type Change =
  | { readonly kind: 'flip'; readonly at: number; readonly bit: number }
  | { readonly kind: 'cut'; readonly at: number; readonly length: number }
  | { readonly kind: 'repeat'; readonly at: number; readonly length: number; readonly times: number }
  | { readonly kind: 'insert'; readonly at: number; readonly bytes: Buffer }
  | { readonly kind: 'end'; readonly at: number };

/** Sequences that parsers handle badly: NUL, BOM, bad UTF-8, different line ends, syntax of JSON and GraphQL. */
const TRICKY_SEQUENCES = [
  '\0',
  '\uFEFF',
  '\u2028',
  '\\u0000',
  '\\ud800',
  '\\udc00\\ud800',
  '"',
  '\\',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '1e999',
  '-0',
  '123456789012345678901234567890',
  '\r\n\r\n',
  '"""',
  '#',
  '$',
  '...',
  '@',
].map((text) => Buffer.from(text));

const BAD_UTF8 = [
  [0xff],
  [0xc0, 0x80],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xe2, 0x28],
  [0x80],
].map((bytes) => Buffer.from(bytes));

const place = fc.nat(1_000_000);

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constant('flip' as const), at: place, bit: fc.nat(7) }),
  fc.record({ kind: fc.constant('cut' as const), at: place, length: fc.nat(20) }),
  fc.record({
    kind: fc.constant('repeat' as const),
    at: place,
    length: fc.nat(20),
    times: fc.oneof({ weight: 9, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: fc.nat(2000) }),
  }),
  fc.record({
    kind: fc.constant('insert' as const),
    at: place,
    bytes: fc.oneof(
      fc.constantFrom(...TRICKY_SEQUENCES),
      fc.constantFrom(...BAD_UTF8),
      fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
    ),
  }),
  fc.record({ kind: fc.constant('end' as const), at: place }),
);

/** The bytes of `sound`, changed at up to four places. */
export function mutated(sound: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  return fc
    .tuple(sound, fc.array(change, { maxLength: 4 }))
    .map(([bytes, changes]) => changes.reduce(changed, bytes));
}

function changed(bytes: Buffer, change: Change): Buffer {
  const at = bytes.length === 0 ? 0 : change.at % bytes.length;
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (change.kind) {
    case 'flip': {
      const copy = Buffer.from(bytes);
      copy[at] = (copy[at] ?? 0) ^ (1 << change.bit);
      return bytes.length === 0 ? bytes : copy;
    }
    case 'cut':
      return Buffer.concat([before, after.subarray(change.length)]);
    case 'repeat': {
      const piece = after.subarray(0, change.length);
      return Buffer.concat([before, ...Array.from({ length: change.times }, () => piece), after]);
    }
    case 'insert':
      return Buffer.concat([before, change.bytes, after]);
    case 'end':
      return before;
  }
}
