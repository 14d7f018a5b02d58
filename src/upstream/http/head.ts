import { describeHeld } from '../../errors.ts';
import { UnreadableAnswerError } from './unreadable.ts';

/** A status line and fields as they may stand in a head; what is not so may mean something else to somebody else. */
const HEAD =
  /^HTTP\/1\.[01] [1-5]\d\d(?: [\t\x20-\x7e\x80-\xff]*)?(?:\r\n[!#$%&'*+.^_`|~\w-]+:[\t\x20-\x7e\x80-\xff]*)*$/;

const STATUS_AT = 'HTTP/1.1 '.length;
const LINE_END = '\r\n';

/** Where a body ends. In bytes, after the last chunk, or with the connection. */
export type Framing = number | 'chunks' | 'connection';

/**
 * Status and headers of an answer, and what they say of the body and the connection.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112
 */
export class Head {
  /** HTTP status, 100..599. */
  readonly status: number;
  readonly framing: Framing;
  /** Whether no other answer comes on this connection. */
  readonly isLast: boolean;
  /** Names in lower case and values in turn. */
  readonly #fields: readonly string[];

  /**
   * @param text a character for each byte, without the empty line at its end
   * @throws UnreadableAnswerError
   */
  constructor(text: string) {
    if (!HEAD.test(text)) throw new UnreadableAnswerError('not a head of HTTP/1');
    this.status = Number(text.slice(STATUS_AT, STATUS_AT + 3));
    this.#fields = fieldsOf(text);
    this.framing = this.#framing();
    this.isLast =
      this.framing === 'connection' ||
      text.startsWith('HTTP/1.0') ||
      /(?:^|,)\s*close\s*(?:,|$)/i.test(this.header('connection') ?? '');
  }

  /** A header by its name in lower case; of several the first. */
  header(name: string): string | undefined {
    const fields = this.#fields;
    for (let index = 0; index < fields.length; index += 2)
      if (fields[index] === name) return fields[index + 1];
    return undefined;
  }

  /** How long the server keeps the connection while nothing is asked, in milliseconds; undefined where it does not say. */
  get idleMs(): number | undefined {
    const seconds = /(?:^|[,\s])timeout=(\d{1,9})/i.exec(this.header('keep-alive') ?? '')?.[1];
    return seconds === undefined ? undefined : 1000 * Number(seconds);
  }

  /** Who is not told the same by all headers may take a part of one answer for the next. */
  #framing(): Framing {
    if (this.status < 200 || this.status === 204 || this.status === 304) return 0;
    const length = this.#only('content-length');
    const coding = this.#only('transfer-encoding');
    if (length !== undefined && coding !== undefined)
      throw new UnreadableAnswerError('both a length and chunks');
    if (coding !== undefined) {
      if (coding.toLowerCase() !== 'chunked')
        throw new UnreadableAnswerError(`transfer-encoding holds ${describeHeld(coding)}, expected chunked`);
      return 'chunks';
    }
    if (length === undefined) return 'connection';
    if (!/^\d{1,15}$/.test(length))
      throw new UnreadableAnswerError(`content-length holds ${describeHeld(length)}, expected a number`);
    return Number(length);
  }

  #only(name: string): string | undefined {
    const value = this.header(name);
    const others = this.#fields.filter((_, index) => index % 2 === 1 && this.#fields[index - 1] === name);
    if (others.length > 1) throw new UnreadableAnswerError(`more than one ${name}`);
    return value;
  }
}

function fieldsOf(text: string): string[] {
  const fields: string[] = [];
  for (let end = text.indexOf(LINE_END); end !== -1; ) {
    const start = end + LINE_END.length;
    const colon = text.indexOf(':', start);
    end = text.indexOf(LINE_END, colon);
    const value = text.slice(colon + 1, end === -1 ? undefined : end);
    fields.push(text.slice(start, colon).toLowerCase(), value.trim());
  }
  return fields;
}
