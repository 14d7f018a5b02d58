import { createHash } from 'node:crypto';
import { ByteReader, ByteWriter } from './bytes.ts';

/**
 * A row's place at the time it was read. Enough to find the row again after the list has moved.
 */
export interface CursorPlace {
  /** 0-based offset of the row in the upstream's order. */
  readonly offset: number;
  /** Number of rows the list had. */
  readonly total: number;
  /** The row's job, as {@link jobKey} writes it. */
  readonly jobKey: string;
  /** When the job was created, in seconds since 1970; null where the upstream did not say. */
  readonly createdAt: number | null;
}

/** A cursor in the clear. */
export interface Cursor extends CursorPlace {
  /** Which list it belongs to, 0..15; a cursor is only good for that list. */
  readonly list: number;
}

/** Why a string is not a cursor, in words for the caller. */
export class CursorError extends Error {
  override readonly name = 'CursorError';
}

const VERSION = 1;
const KEY_BYTES = 16;
const TIME_BYTES = 5;
const TIME_UNKNOWN = 2 ** (8 * TIME_BYTES) - 1;
const CHECKSUM_BYTES = 2;

/**
 * 32 hexadecimal digits that stand for a job: the id itself where it has that form, as all ids seen so far do, else the
 * start of its SHA-256. Equal ids have equal keys; unequal ids have unequal keys for all practical purposes.
 */
export function jobKey(jobId: string): string {
  if (/^[0-9a-f]{32}$/.test(jobId)) return jobId;
  return createHash('sha256')
    .update(jobId)
    .digest('hex')
    .slice(0, 2 * KEY_BYTES);
}

/**
 * The opaque text of a cursor: base64url of version and list (4 bits each), offset and total (varints), creation time
 * (5 bytes), job key (16 bytes) and a 16-bit checksum. Equal contents give equal texts; 46 characters at most while
 * offset and total fit into 32 bits.
 */
export function encodeCursor(cursor: Cursor): string {
  const writer = new ByteWriter()
    .byte((VERSION << 4) | cursor.list)
    .varint(cursor.offset)
    .varint(cursor.total)
    .uint(cursor.createdAt ?? TIME_UNKNOWN, TIME_BYTES)
    .bytes(Buffer.from(cursor.jobKey, 'hex'));
  return writer.uint(checksum(writer.done()), CHECKSUM_BYTES).done().toString('base64url');
}

/**
 * Reads a cursor back. Accepts exactly the texts {@link encodeCursor} writes.
 *
 * @throws CursorError for any other string
 */
export function decodeCursor(text: string): Cursor {
  const buffer = Buffer.from(text, 'base64url');
  const body = buffer.subarray(0, -CHECKSUM_BYTES);
  if (buffer.length <= CHECKSUM_BYTES || buffer.toString('base64url') !== text) throw malformed();
  if (buffer.readUInt16BE(body.length) !== checksum(body)) throw malformed();
  try {
    return decodeBody(new ByteReader(body));
  } catch (error) {
    throw error instanceof RangeError ? malformed() : error;
  }
}

function decodeBody(reader: ByteReader): Cursor {
  const head = reader.byte();
  const version = head >> 4;
  if (version !== VERSION) {
    throw new CursorError(
      `is of cursor version ${version}, this gateway reads version ${VERSION}; start again without it`,
    );
  }
  const offset = reader.varint();
  const total = reader.varint();
  const createdAt = reader.uint(TIME_BYTES);
  const key = reader.bytes(KEY_BYTES).toString('hex');
  if (reader.left > 0) throw malformed();
  return {
    list: head & 0xf,
    offset,
    total,
    jobKey: key,
    createdAt: createdAt === TIME_UNKNOWN ? null : createdAt,
  };
}

function malformed(): CursorError {
  return new CursorError(
    'is not a cursor of this gateway; pass on an `endCursor`, `startCursor` or `cursor` unchanged',
  );
}

/**
 * CRC-16/CCITT: finds every change of up to 16 bits in a row, so every mistyped character. It is no protection against
 * forged cursors, which can do no harm.
 */
function checksum(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff;
  }
  return crc;
}
