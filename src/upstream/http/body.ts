import type { Framing } from './head.ts';
import { UnreadableAnswerError } from './unreadable.ts';

/** A body that comes in parts. */
export interface Body {
  /**
   * Takes what belongs to it.
   *
   * @param bytes of use only during the call
   * @param start of what has not been taken, in `bytes`
   * @returns where in `bytes` what it took ends: at their end, unless it is whole
   * @throws UnreadableAnswerError
   */
  take(bytes: Buffer, start: number): number;
  /** Whether nothing is missing. */
  readonly isWhole: boolean;
  /** What came, from UTF-8; a byte order mark is no part of it. */
  text(): string;
}

/** @param maxBytes more are not read; a length beyond it is refused before the first of them */
export function bodyOf(framing: Framing, maxBytes: number): Body {
  if (framing === 'chunks') return new ChunkedBody(maxBytes);
  if (framing === 'connection') return new OpenBody(maxBytes);
  if (framing > maxBytes) throw tooLarge(maxBytes);
  return new LengthBody(framing);
}

class LengthBody implements Body {
  readonly #length: number;
  #bytes: Buffer | undefined;
  #taken = 0;
  #text: string | undefined;

  constructor(length: number) {
    this.#length = length;
  }

  get isWhole(): boolean {
    return this.#taken === this.#length;
  }

  take(bytes: Buffer, start: number): number {
    const end = Math.min(bytes.length, start + this.#length - this.#taken);
    // Nearly every answer comes as a whole, and need not be kept as bytes.
    if (end - start === this.#length) this.#text = bytes.toString('utf8', start, end);
    else {
      this.#bytes ??= Buffer.allocUnsafe(this.#length);
      bytes.copy(this.#bytes, this.#taken, start, end);
    }
    this.#taken += end - start;
    return end;
  }

  text(): string {
    return withoutMark(this.#text ?? this.#bytes?.toString() ?? '');
  }
}

/** Parts whose number is not known before. */
class Parts {
  readonly #maxBytes: number;
  readonly #parts: Buffer[] = [];
  #length = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  add(bytes: Buffer, start: number, end: number): void {
    this.#length += end - start;
    if (this.#length > this.#maxBytes) throw tooLarge(this.#maxBytes);
    this.#parts.push(Buffer.from(bytes.subarray(start, end)));
  }

  text(): string {
    return withoutMark(Buffer.concat(this.#parts).toString());
  }
}

/** Ends with the connection: who reads it has to know when that is. */
class OpenBody implements Body {
  readonly isWhole = false;
  readonly #parts: Parts;

  constructor(maxBytes: number) {
    this.#parts = new Parts(maxBytes);
  }

  take(bytes: Buffer, start: number): number {
    this.#parts.add(bytes, start, bytes.length);
    return bytes.length;
  }

  text(): string {
    return this.#parts.text();
  }
}

/** Longest line between chunks, in characters: a size and an extension, or a field after the last one. */
const MAX_LINE = 1024;

/** Fields after the last chunk. */
const MAX_TRAILERS = 32;

const LF = 0x0a;

/** @see https://www.rfc-editor.org/rfc/rfc9112#name-chunked-transfer-coding */
class ChunkedBody implements Body {
  readonly #parts: Parts;
  #expects: 'size' | 'data' | 'end of data' | 'trailer' | 'nothing' = 'size';
  /** Bytes of the chunk that have not come. */
  #left = 0;
  /** Of a line that has not ended. */
  #line = '';
  #trailers = 0;

  constructor(maxBytes: number) {
    this.#parts = new Parts(maxBytes);
  }

  get isWhole(): boolean {
    return this.#expects === 'nothing';
  }

  take(bytes: Buffer, start: number): number {
    let at = start;
    while (at < bytes.length && !this.isWhole)
      at = this.#expects === 'data' ? this.#takeData(bytes, at) : this.#takeLine(bytes, at);
    return at;
  }

  text(): string {
    return this.#parts.text();
  }

  #takeData(bytes: Buffer, start: number): number {
    const end = Math.min(bytes.length, start + this.#left);
    this.#parts.add(bytes, start, end);
    this.#left -= end - start;
    if (this.#left === 0) this.#expects = 'end of data';
    return end;
  }

  /** As much of a line as has come. */
  #takeLine(bytes: Buffer, start: number): number {
    const found = bytes.indexOf(LF, start);
    const end = found === -1 ? bytes.length : found + 1;
    if (this.#line.length + end - start > MAX_LINE) throw badChunks();
    this.#line += bytes.toString('latin1', start, end);
    if (found === -1) return end;
    if (!this.#line.endsWith('\r\n')) throw badChunks();
    this.#lineEnded(this.#line.slice(0, -2));
    this.#line = '';
    return end;
  }

  #lineEnded(line: string): void {
    if (this.#expects === 'size') {
      // Fifteen digits would not be exact; a chunk that large is not read anyway.
      const size = /^([0-9a-f]{1,12})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/i.exec(line)?.[1];
      if (size === undefined) throw badChunks();
      this.#left = Number.parseInt(size, 16);
      this.#expects = this.#left === 0 ? 'trailer' : 'data';
    } else if (this.#expects === 'end of data') {
      if (line !== '') throw badChunks();
      this.#expects = 'size';
    } else if (line === '') this.#expects = 'nothing';
    else if (++this.#trailers > MAX_TRAILERS) throw badChunks();
  }
}

/** A byte order mark is no part of a JSON text. @see https://www.rfc-editor.org/rfc/rfc8259#section-8.1 */
function withoutMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

function tooLarge(maxBytes: number): UnreadableAnswerError {
  return new UnreadableAnswerError(`more than ${maxBytes} bytes of body`);
}

function badChunks(): UnreadableAnswerError {
  return new UnreadableAnswerError('chunks that are none');
}
