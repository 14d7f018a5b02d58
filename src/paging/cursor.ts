import { hash } from 'node:crypto';
import { memoize } from '../cache/memoize.ts';
import { MAX_TOTAL } from '../foreign-values.ts';

/**
 * Keys of a row's neighbours, which locate its position after the row was deleted. Only neighbours that creation times cannot tell apart
 * from the row: those of the same second, or all neighbours in a list without usable times.
 */
export interface NeighbourKeys {
  /** Side of the row: `above` is towards the start of the list. */
  readonly side: 'above' | 'below';
  /** Prefixes of the neighbours' keys, {@link NEIGHBOUR_DIGITS} digits each, the nearest first. Empty if there are no such neighbours. */
  readonly keys: readonly string[];
  /** Whether `keys` has all such neighbours on their side. */
  readonly complete: boolean;
}

/** Where a walk through one list continues after it ran out of calls before it read a row. */
export interface Resumption {
  /** The side of the anchor's row on which the position is, or the edge of the list at which the walk starts. */
  readonly side: (typeof SIDES)[number];
  /**
   * Bounds of the position, as inclusive offsets in a list of the anchor's `total` rows; the anchor's offset is then the next one to probe.
   * Undefined if the position is known.
   */
  readonly within?: { readonly lowest: number; readonly highest: number } | undefined;
}

/** A row of a list, with everything that finds its position again after the list has changed (keyset anchor). */
export interface Anchor {
  /** 0-based offset of the row; -1 for the position before the first row. */
  readonly offset: number;
  /** Number of rows of the list at that time. */
  readonly total: number;
  /** {@link keyOf} of the row's id; all zeros at offset -1. */
  readonly key: string;
  /** Creation time of the row in seconds since 1970; null if unknown. */
  readonly createdAt: number | null;
  /** Whether the rows around it were newest first, so that creation times can locate it. */
  readonly ordered: boolean;
  readonly neighbours: NeighbourKeys;
  /** Set in every anchor of a cursor of a filtered search that spent its call budget before its first row. */
  readonly resumption?: Resumption | undefined;
}

/** A decoded cursor. */
export interface Cursor {
  /** Code of its list, 0..15, as defined by list-cursor.ts. */
  readonly list: number;
  readonly anchors: readonly Anchor[];
  /** Hash of a search's filter, {@link FILTER_DIGITS} hexadecimal digits; undefined for a cursor of a plain list. */
  readonly filter?: string | undefined;
}

/** A string is not a valid cursor. The message completes a sentence that starts with the argument. */
export class CursorError extends Error {
  override readonly name = 'CursorError';
}

/** Hexadecimal digits of a key: 64 bits, so that a collision within a list is practically impossible. */
export const KEY_DIGITS = 16;

/** Hexadecimal digits of a neighbour key: 24 bits, enough to tell the rows of one second apart. */
export const NEIGHBOUR_DIGITS = 6;

/** Maximum number of neighbour keys of an anchor: those that fit into a cursor of 96 characters. */
export const MAX_NEIGHBOURS = 16;

/** Number of neighbour keys that always fit: an anchor with fewer keys was never truncated. */
export const LEAST_NEIGHBOURS = 4;

/** Hexadecimal digits of the hash of a search's filter: 48 bits. */
export const FILTER_DIGITS = 12;

const VERSION = 2;
/** As {@link VERSION}, with a filter after the first byte. */
const SEARCH_VERSION = 3;
/** As {@link SEARCH_VERSION}, with a {@link Resumption} after each anchor. */
const RESUMED_VERSION = 4;
const TIME_BYTES = 5;
const TIME_UNKNOWN = 2 ** (8 * TIME_BYTES) - 1;

/** Latest creation time that fits into a cursor, in seconds since 1970. Taken as milliseconds it would be in 2004. */
export const MAX_SECOND = TIME_UNKNOWN - 1;

/** Number of list codes: 0 to this, exclusive. */
export const MAX_CURSOR_CODES = 16;

const CHECKSUM_BYTES = 2;
/** 96 characters of base64url. */
const MAX_BYTES = 72;

/** Key of a row in cursors: a prefix of the SHA-256 of its id, so that its length does not depend on the id. */
export const keyOf: (id: string) => string = memoize((id) => hash('sha256', id, 'hex').slice(0, KEY_DIGITS));

/**
 * Encodes a cursor as opaque text, in the layout of docs/cursors.md. Deterministic. With one or two anchors it has at most 96 characters,
 * 104 with a filter, 128 with resumptions, for offsets and totals below 2^24: neighbour keys that do not fit are omitted, the farthest
 * first.
 */
export function encodeCursor({ list, anchors, filter }: Cursor): string {
  const isResumed = filter !== undefined && anchors.some(({ resumption }) => resumption !== undefined);
  const version = filter === undefined ? VERSION : isResumed ? RESUMED_VERSION : SEARCH_VERSION;
  const written = fitted(anchors);
  const writer = new CursorWriter();
  writer.uint((version << 4) | list, 1);
  writer.digits(filter ?? '');
  for (const anchor of written) {
    writeAnchor(writer, anchor);
    if (isResumed) writeResumption(writer, anchor);
  }
  return writer.end();
}

/** Decodes a cursor. @throws CursorError for a string that {@link encodeCursor} cannot have written */
export function decodeCursor(text: string): Cursor {
  const buffer = Buffer.from(text, 'base64url');
  const end = buffer.length - CHECKSUM_BYTES;
  if (end <= 0 || buffer.toString('base64url') !== text) throw malformed();
  if (buffer.readUInt16BE(end) !== checksum(buffer, end)) throw malformed();
  try {
    const reader = new CursorReader(buffer.subarray(0, end));
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

/** Whether an anchor is beyond the maximum length of a list, which only a forged cursor can be. */
function isBeyondAnyList({ offset, total, resumption }: Anchor): boolean {
  return Math.max(offset, total, resumption?.within?.highest ?? 0) >= MAX_TOTAL;
}

/** Flags in the lowest three bits; the bits above are the offset plus one. */
const UNORDERED = 1;
const INCOMPLETE = 2;
const BELOW = 4;

function writeAnchor(writer: CursorWriter, anchor: Anchor): void {
  const { offset, total, key, createdAt, ordered } = anchor;
  const { side, keys, complete } = anchor.neighbours;
  const flags = (ordered ? 0 : UNORDERED) | (complete ? 0 : INCOMPLETE) | (side === 'above' ? 0 : BELOW);
  writer.varint((offset + 1) * 8 + flags);
  writer.varint(total);
  writer.uint(createdAt ?? TIME_UNKNOWN, TIME_BYTES);
  writer.digits(key);
  writer.uint(keys.length, 1);
  for (const neighbour of keys) writer.digits(neighbour);
}

function readAnchor(reader: CursorReader): Anchor {
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

/** Sides by their number in the first byte of a resumption. */
const SIDES = ['after', 'before', 'start', 'end'] as const;

/** Flag in the first byte of a resumption: bounds follow. */
const HAS_BOUNDS = 4;

function writeResumption(writer: CursorWriter, { resumption }: Anchor): void {
  const { side, within } = resumption ?? { side: 'after' };
  writer.uint(SIDES.indexOf(side) | (within === undefined ? 0 : HAS_BOUNDS), 1);
  if (within === undefined) return;
  writer.varint(within.lowest);
  writer.varint(Math.max(0, within.highest - within.lowest));
}

/** Decodes a resumption. @throws RangeError for an unknown side */
function readResumption(reader: CursorReader): Resumption {
  const head = reader.uint(1);
  const side = SIDES[head & ~HAS_BOUNDS];
  if (side === undefined) throw new RangeError();
  if ((head & HAS_BOUNDS) === 0) return { side };
  const lowest = reader.varint();
  return { side, within: { lowest, highest: lowest + reader.varint() } };
}

/**
 * Room for every cursor: eight anchors of 16 neighbours with resumptions take less. Shared, because a cursor is written without a
 * pause; most of the time of a cursor went into short strings and buffers of its own.
 */
const ROOM = Buffer.allocUnsafeSlow(1024);

/** Values of the characters of hexadecimal digits. */
const DIGIT_VALUES = Uint8Array.from(
  { length: 128 },
  (_, code) => Number.parseInt(String.fromCharCode(code), 16) || 0,
);

/** Writes one cursor. At most one may be in use. */
class CursorWriter {
  /** Number of bytes so far. */
  length = 0;

  /** Writes a whole number in a fixed number of bytes, big-endian. */
  uint(value: number, bytes: number): void {
    this.length = ROOM.writeUIntBE(value, this.length, bytes);
  }

  /** Writes a whole number 0..2^53-1 as unsigned LEB128. */
  varint(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) ROOM[this.length++] = (rest % 0x80) | 0x80;
    ROOM[this.length++] = rest;
  }

  /** Writes an even number of hexadecimal digits. */
  digits(hex: string): void {
    for (let at = 0; at < hex.length; at += 2) {
      const high = DIGIT_VALUES[hex.charCodeAt(at)] as number;
      ROOM[this.length++] = (high << 4) | (DIGIT_VALUES[hex.charCodeAt(at + 1)] as number);
    }
  }

  /** Adds the checksum and returns the cursor. */
  end(): string {
    this.uint(checksum(ROOM, this.length), CHECKSUM_BYTES);
    return ROOM.toString('base64url', 0, this.length);
  }
}

/** Reads a cursor. Throws RangeError past the end and for numbers above 2^53-1. */
class CursorReader {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#position >= this.#bytes.length;
  }

  digits(count: number): string {
    const start = this.#position;
    this.#position += count / 2;
    if (this.#position > this.#bytes.length) throw new RangeError();
    return this.#bytes.toString('hex', start, this.#position);
  }

  uint(bytes: number): number {
    const start = this.#position;
    this.#position += bytes;
    return this.#bytes.readUIntBE(start, bytes);
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

/** Omits the farthest neighbour keys until the cursor is short enough, but never the nearest {@link LEAST_NEIGHBOURS}. */
function fitted(anchors: readonly Anchor[]): readonly Anchor[] {
  const longest = anchors.reduce((most, { neighbours }) => Math.max(most, neighbours.keys.length), 0);
  let shortened = anchors;
  for (let count = longest - 1; count >= LEAST_NEIGHBOURS && bytesOf(shortened) > MAX_BYTES; count--)
    shortened = anchors.map((anchor) => ({ ...anchor, neighbours: nearest(anchor.neighbours, count) }));
  return shortened;
}

/** Length of a cursor without a filter and resumptions, in bytes. */
function bytesOf(anchors: readonly Anchor[]): number {
  const writer = new CursorWriter();
  for (const anchor of anchors) writeAnchor(writer, anchor);
  return 1 + writer.length + CHECKSUM_BYTES;
}

function nearest({ side, keys, complete }: NeighbourKeys, count: number): NeighbourKeys {
  return { side, keys: keys.slice(0, count), complete: complete && keys.length <= count };
}

function malformed(): CursorError {
  return new CursorError(
    'is not a cursor of this gateway; pass on an `endCursor`, `startCursor` or `cursor` unchanged',
  );
}

function outdated(version: number): CursorError {
  return new CursorError(
    `is of cursor version ${version}; this gateway reads versions ${VERSION} to ${RESUMED_VERSION}. Start again without it`,
  );
}

/** CRC of each byte value. */
const CRC_TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff;
  return crc;
});

/**
 * CRC-16/CCITT. Detects every burst error of up to 16 bits, and therefore every mistyped character. It does not prevent forgery; the
 * re-alignment budget (realign/realign-budget.ts) limits the cost of a forged cursor.
 *
 * @param end number of bytes that it covers
 */
function checksum(bytes: Uint8Array, end: number): number {
  let crc = 0xffff;
  for (let at = 0; at < end; at++)
    crc = ((crc << 8) & 0xff00) ^ (CRC_TABLE[(crc >> 8) ^ (bytes[at] as number)] as number);
  return crc;
}
