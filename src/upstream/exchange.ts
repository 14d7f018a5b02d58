import type { Dispatcher } from 'undici';
import type { RawAnswer } from './answer.ts';

type Handler = Dispatcher.DispatchHandler;

/**
 * One request and its answer, read whole. Takes undici's events as they come: its own `request` wraps them in a stream
 * and two promises, a fifth of what a call costs.
 */
export class Exchange implements Handler {
  readonly #done: (answer: RawAnswer) => void;
  readonly #failed: (error: unknown) => void;
  #abort: (() => void) | undefined;
  #isAborted = false;
  #status = 0;
  #headers: Buffer[] = [];
  #first: Buffer | undefined;
  #chunks: Buffer[] | undefined;

  /** @param failed gets undici's error when there is no whole answer */
  constructor(done: (answer: RawAnswer) => void, failed: (error: unknown) => void) {
    this.#done = done;
    this.#failed = failed;
  }

  /** Breaks the request off and frees its connection. */
  abort(): void {
    this.#isAborted = true;
    this.#abort?.();
  }

  onConnect(abort: (error?: Error) => void): void {
    if (this.#isAborted) abort();
    else this.#abort = abort;
  }

  onHeaders(status: number, headers: Buffer[]): boolean {
    this.#status = status;
    this.#headers = headers;
    return true;
  }

  onData(chunk: Buffer): boolean {
    if (this.#first === undefined) this.#first = chunk;
    else if (this.#chunks === undefined) this.#chunks = [this.#first, chunk];
    else this.#chunks.push(chunk);
    return true;
  }

  onComplete(): void {
    const body = this.#chunks === undefined ? this.#first : Buffer.concat(this.#chunks);
    const headers = this.#headers;
    this.#done({
      status: this.#status,
      header: (name) => headerIn(headers, name),
      text: withoutMark(body?.toString() ?? ''),
    });
  }

  onError(error: Error): void {
    this.#failed(error);
  }
}

/** Names and values in turn. */
function headerIn(headers: readonly Buffer[], name: string): string | undefined {
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index]?.toString('latin1').toLowerCase() === name)
      return headers[index + 1]?.toString('latin1');
  }
  return undefined;
}

/** A byte order mark is no part of a JSON text. @see https://www.rfc-editor.org/rfc/rfc8259#section-8.1 */
function withoutMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}
