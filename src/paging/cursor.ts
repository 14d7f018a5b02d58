import { hash } from 'node:crypto';
import { memoize } from '../cache/memoize.ts';
import { MAX_TOTAL } from '../foreign-values.ts';

/**
 * Neighbours of a row that its creation time does not tell from it: those of the same second, or any where times are of
 * no use. They are what is left to go by when the row itself is gone.
 */
export interface NeighbourKeys {
  /** On which side of the row they stand: above, towards the start of the list, or below. */
  readonly side: 'above' | 'below';
  /** Each the start of a row's key, {@link NEIGHBOUR_DIGITS} digits; the nearest first. None where no neighbour is like it. */
  readonly keys: readonly string[];
  /** Whether these are all such neighbours on their side. */
  readonly complete: boolean;
}

/** Where a walk through one list goes on that was cut short before it came to a row. */
export interface Resumption {
  /** The side of the anchor's row on which the place is; `edge`: at the edge of the list from which the walk comes. */
  readonly side: 'after' | 'before' | 'edge';
  /**
   * The offsets between which the place lies in a list of the anchor's `total` rows, both included; then the anchor's offset is
   * the next one to look at. Undefined where the place is known.
   */
  readonly within?: { readonly lowest: number; readonly highest: number } | undefined;
}

/** A row of one list and what finds its place again after the list has moved. */
export interface Anchor {
  /** 0-based offset of the row; -1 stands for the place before the first row. */
  readonly offset: number;
  /** Number of rows the list had. */
  readonly total: number;
  /** The row, as {@link keyOf} writes its id; all zeros at offset -1. */
  readonly key: string;
  /** When the row was created, in seconds since 1970; null where the upstream did not say. */
  readonly createdAt: number | null;
  /** Whether the rows around it were newest first, so that times can be used to find it. */
  readonly ordered: boolean;
  readonly neighbours: NeighbourKeys;
  /** Only in the cursor of a filtered search that ran out of calls before it came to a row: then each of its anchors has one. */
  readonly resumption?: Resumption | undefined;
}

/** A cursor in the clear. */
export interface Cursor {
  /** What it belongs to, 0..15: the meaning is the caller's, who also knows how many anchors that takes. */
  readonly list: number;
  readonly anchors: readonly Anchor[];
  /** The filter of a search, {@link FILTER_DIGITS} hexadecimal digits; undefined for a cursor of a plain list. */
  readonly filter?: string | undefined;
}

/** Why a string is not a cursor, in words for the caller. */
export class CursorError extends Error {
  override readonly name = 'CursorError';
}

/** Hexadecimal digits of a key: 64 bits, so that no two rows of a list share one for all practical purposes. */
export const KEY_DIGITS = 16;

/** Hexadecimal digits of a neighbour key: 24 bits, enough among the rows of one second. */
export const NEIGHBOUR_DIGITS = 6;

/** Most neighbour keys of an anchor: as many as a cursor of 96 characters has room for. */
export const MAX_NEIGHBOURS = 16;

/** Neighbour keys that every anchor has room for, whatever the numbers and however many anchors: fewer have never been cut short. */
export const LEAST_NEIGHBOURS = 4;

/** Hexadecimal digits that stand for the filter of a search: 48 bits. */
export const FILTER_DIGITS = 12;

const VERSION = 2;
/** The layout of {@link VERSION} with a filter behind the first byte. */
const SEARCH_VERSION = 3;
/** The layout of {@link SEARCH_VERSION} with a {@link Resumption} behind each anchor. */
const RESUMED_VERSION = 4;
const TIME_BYTES = 5;
const TIME_UNKNOWN = 2 ** (8 * TIME_BYTES) - 1;

/** Latest creation time that a cursor has room for, in seconds since 1970. In milliseconds it would be the year 2004. */
export const MAX_SECOND = TIME_UNKNOWN - 1;

/** Numbers that name what a cursor belongs to: 0 to this, exclusive. */
export const MAX_CURSOR_CODES = 16;

const CHECKSUM_BYTES = 2;
/** 96 characters of base64url. */
const MAX_BYTES = 72;

/** Stands for a row in cursors: the start of the SHA-256 of its id, whatever ids look like. */
export const keyOf: (id: string) => string = memoize((id) => hash('sha256', id, 'hex').slice(0, KEY_DIGITS));

/**
 * The opaque text of a cursor, laid out as docs/cursors.md says. Equal contents give equal texts. With one or two
 * anchors it has at most 96 characters, 104 with a filter, 128 with resumptions, while offsets and totals stay below 2^24:
 * neighbour keys that do not fit are left out, the farthest first.
 */
export function encodeCursor({ list, anchors, filter }: Cursor): string {
  const isResumed = filter !== undefined && anchors.some(({ resumption }) => resumption !== undefined);
  const version = filter === undefined ? VERSION : isResumed ? RESUMED_VERSION : SEARCH_VERSION;
  let hex = uint((version << 4) | list, 1) + (filter ?? '');
  for (const anchor of fitted(anchors)) hex += hexOf(anchor) + (isResumed ? hexOfResumption(anchor) : '');
  const bytes = Buffer.from(`${hex}${uint(0, CHECKSUM_BYTES)}`, 'hex');
  const end = bytes.length - CHECKSUM_BYTES;
  bytes.writeUInt16BE(checksum(bytes.subarray(0, end)), end);
  return bytes.toString('base64url');
}

/**
 * Reads back what {@link encodeCursor} wrote.
 *
 * @throws CursorError for a string that it cannot have written
 */
export function decodeCursor(text: string): Cursor {
  const buffer = Buffer.from(text, 'base64url');
  const body = buffer.subarray(0, -CHECKSUM_BYTES);
  if (buffer.length <= CHECKSUM_BYTES || buffer.toString('base64url') !== text) throw malformed();
  if (buffer.readUInt16BE(body.length) !== checksum(body)) throw malformed();
  try {
    const reader = new HexReader(body.toString('hex'));
    const head = reader.uint(1);
    const version = head >> 4;
    if (version < VERSION || version > RESUMED_VERSION) throw outdated(version);
    const filter = version === VERSION ? undefined : reader.digits(FILTER_DIGITS);
    const anchors: Anchor[] = [];
    while (!reader.isAtEnd) {
      const anchor = readAnchor(reader);
      anchors.push(version === RESUMED_VERSION ? { ...anchor, resumption: readResumption(reader) } : anchor);
    }
    if (anchors.length === 0 || anchors.some(isBeyondAnyList)) throw malformed();
    return { list: head & 0xf, anchors, ...(filter === undefined ? {} : { filter }) };
  } catch (error) {
    throw error instanceof RangeError ? malformed() : error;
  }
}

/** No list is that long, so no cursor of ours is from there. */
function isBeyondAnyList({ offset, total, resumption }: Anchor): boolean {
  return Math.max(offset, total, resumption?.within?.highest ?? 0) >= MAX_TOTAL;
}

/** Flags beside the offset, which is written plus one and shifted left by three. */
const UNORDERED = 1;
const INCOMPLETE = 2;
const BELOW = 4;

function hexOf({ offset, total, key, createdAt, ordered, neighbours }: Anchor): string {
  const { side, keys, complete } = neighbours;
  const flags = (ordered ? 0 : UNORDERED) | (complete ? 0 : INCOMPLETE) | (side === 'above' ? 0 : BELOW);
  const place = varint((offset + 1) * 8 + flags) + varint(total);
  return place + uint(createdAt ?? TIME_UNKNOWN, TIME_BYTES) + key + uint(keys.length, 1) + keys.join('');
}

function readAnchor(reader: HexReader): Anchor {
  const place = reader.varint();
  const flags = place % 8;
  const total = reader.varint();
  const createdAt = reader.uint(TIME_BYTES);
  const key = reader.digits(KEY_DIGITS);
  const keys = Array.from({ length: reader.uint(1) }, () => reader.digits(NEIGHBOUR_DIGITS));
  return {
    offset: Math.floor(place / 8) - 1,
    total,
    key,
    createdAt: createdAt === TIME_UNKNOWN ? null : createdAt,
    ordered: (flags & UNORDERED) === 0,
    neighbours: { side: flags & BELOW ? 'below' : 'above', keys, complete: (flags & INCOMPLETE) === 0 },
  };
}

/** What the first byte of a resumption says. */
const SIDES = ['after', 'before', 'edge'] as const;
const HAS_LIMITS = 4;

function hexOfResumption({ resumption: { side, within } = { side: 'after' } }: Anchor): string {
  const limits =
    within === undefined ? '' : varint(within.lowest) + varint(Math.max(0, within.highest - within.lowest));
  return uint(SIDES.indexOf(side) | (within === undefined ? 0 : HAS_LIMITS), 1) + limits;
}

/** @throws RangeError for a side that there is not */
function readResumption(reader: HexReader): Resumption {
  const head = reader.uint(1);
  const side = SIDES[head & ~HAS_LIMITS];
  if (side === undefined) throw new RangeError();
  if ((head & HAS_LIMITS) === 0) return { side };
  const lowest = reader.varint();
  return { side, within: { lowest, highest: lowest + reader.varint() } };
}

/** A whole number in hexadecimal digits of a fixed number of bytes, highest first. */
function uint(value: number, bytes: number): string {
  return value.toString(16).padStart(2 * bytes, '0');
}

/** A whole number 0..2^53-1 in hexadecimal digits, seven bits a byte, lowest first (LEB128). */
function varint(value: number): string {
  return value < 0x80 ? uint(value, 1) : uint((value % 0x80) | 0x80, 1) + varint(Math.floor(value / 0x80));
}

/** Reads hexadecimal digits back. Past the end, and for a number over 2^53-1, it throws RangeError. */
class HexReader {
  readonly #hex: string;
  #position = 0;

  constructor(hex: string) {
    this.#hex = hex;
  }

  get isAtEnd(): boolean {
    return this.#position >= this.#hex.length;
  }

  digits(count: number): string {
    const start = this.#position;
    this.#position += count;
    if (this.#position > this.#hex.length) throw new RangeError();
    return this.#hex.slice(start, this.#position);
  }

  uint(bytes: number): number {
    return Number.parseInt(this.digits(2 * bytes), 16);
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.uint(1);
      value += (byte & 0x7f) * scale;
      if (!Number.isSafeInteger(value)) throw new RangeError();
      if (byte <= 0x7f) return value;
    }
  }
}

/** Leaves out the farthest neighbour keys until the cursor is short enough, but never one of the nearest {@link LEAST_NEIGHBOURS}. */
function fitted(anchors: readonly Anchor[]): readonly Anchor[] {
  const longest = anchors.reduce((most, { neighbours }) => Math.max(most, neighbours.keys.length), 0);
  let kept = anchors;
  for (let most = longest - 1; most >= LEAST_NEIGHBOURS && bytesOf(kept) > MAX_BYTES; most--)
    kept = anchors.map((anchor) => ({ ...anchor, neighbours: nearest(anchor.neighbours, most) }));
  return kept;
}

function bytesOf(anchors: readonly Anchor[]): number {
  const digits = anchors.reduce((sum, anchor) => sum + hexOf(anchor).length, 0);
  return 1 + digits / 2 + CHECKSUM_BYTES;
}

function nearest({ side, keys, complete }: NeighbourKeys, most: number): NeighbourKeys {
  return { side, keys: keys.slice(0, most), complete: complete && keys.length <= most };
}

function malformed(): CursorError {
  return new CursorError(
    'is not a cursor of this gateway; pass on an `endCursor`, `startCursor` or `cursor` unchanged',
  );
}

function outdated(version: number): CursorError {
  return new CursorError(
    `is of cursor version ${version}, this gateway reads version ${VERSION}; start again without it`,
  );
}

/** What each value of a byte does to the checksum. */
const CRC_TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff;
  return crc;
});

/**
 * CRC-16/CCITT: finds every change of up to 16 bits in a row, so every mistyped character. It does not keep anybody from
 * forging a cursor; the search budget (realign/search-budget.ts) limits what a forged one costs.
 */
function checksum(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) crc = ((crc << 8) & 0xff00) ^ (CRC_TABLE[(crc >> 8) ^ byte] as number);
  return crc;
}
