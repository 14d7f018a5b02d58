import { type Body, bodyOf } from './body.ts';
import { Head } from './head.ts';
import { UnreadableAnswerError } from './unreadable.ts';

/** An answer as it came off the wire. */
export interface HttpAnswer {
  /** HTTP status. */
  readonly status: number;
  /** A header by its name in lower case; of several the first. */
  readonly header: (name: string) => string | undefined;
  readonly text: string;
}

/** Largest head that is read, in bytes. */
const MAX_HEAD_BYTES = 16 * 1024;

/** Announcements before an answer that are passed over. */
const MAX_INTERIM = 16;

const HEAD_END = '\r\n\r\n';

/** Puts one answer together from what comes on a connection, in whatever pieces. */
export class AnswerReader {
  readonly #maxBodyBytes: number;
  /** Of a head that has not ended, a character for each byte. */
  #begun = '';
  #interim = 0;
  #head: Head | undefined;
  #body: Body | undefined;

  constructor(maxBodyBytes: number) {
    this.#maxBodyBytes = maxBodyBytes;
  }

  /** What is known of it; undefined before the end of its head. */
  get head(): Head | undefined {
    return this.#head;
  }

  /**
   * @param bytes of use only during the call
   * @returns where in them the answer ends: at their end, unless it is whole
   * @throws UnreadableAnswerError
   */
  read(bytes: Buffer): number {
    let at = 0;
    while (this.#body === undefined && at < bytes.length) at = this.#readHead(bytes, at);
    return this.#body === undefined ? at : this.#body.take(bytes, at);
  }

  get isWhole(): boolean {
    return this.#body?.isWhole === true;
  }

  /** Whether it is whole when the connection ends now. */
  get isWholeAtEnd(): boolean {
    return this.isWhole || this.#head?.framing === 'connection';
  }

  /** To be called when it is whole. */
  answer(): HttpAnswer {
    const [head, body] = [this.#head as Head, this.#body as Body];
    return { status: head.status, header: (name) => head.header(name), text: body.text() };
  }

  #readHead(bytes: Buffer, start: number): number {
    // Nearly every head comes as a whole, and what follows it need not be looked at as text.
    const whole = this.#begun === '' ? bytes.indexOf(HEAD_END, start, 'latin1') : -1;
    if (whole !== -1 && whole - start <= MAX_HEAD_BYTES) {
      this.#headEnded(new Head(bytes.toString('latin1', start, whole)));
      return whole + HEAD_END.length;
    }
    return this.#readPiece(bytes, start);
  }

  #readPiece(bytes: Buffer, start: number): number {
    const known = this.#begun.length;
    const text = this.#begun + bytes.toString('latin1', start, start + MAX_HEAD_BYTES);
    const end = text.indexOf(HEAD_END, Math.max(0, known - HEAD_END.length));
    if (end === -1 || end > MAX_HEAD_BYTES) {
      if (text.length >= MAX_HEAD_BYTES)
        throw new UnreadableAnswerError(`more than ${MAX_HEAD_BYTES} bytes of head`);
      if (!couldBegin(text)) throw new UnreadableAnswerError('not HTTP/1');
      this.#begun = text;
      return bytes.length;
    }
    this.#begun = '';
    this.#headEnded(new Head(text.slice(0, end)));
    return start + end + HEAD_END.length - known;
  }

  #headEnded(head: Head): void {
    if (head.status === 101) throw new UnreadableAnswerError('another protocol');
    if (head.status < 200) {
      if (++this.#interim > MAX_INTERIM)
        throw new UnreadableAnswerError(`more than ${MAX_INTERIM} announcements`);
      return;
    }
    this.#head = head;
    this.#body = bodyOf(head.framing, this.#maxBodyBytes);
  }
}

/** Whether more bytes could make an answer of it: who speaks something else may wait for us for ever. */
function couldBegin(text: string): boolean {
  const start = 'HTTP/1.';
  return text.startsWith(start.slice(0, text.length));
}
