import { connect, type Socket } from 'node:net';
import type { HttpAnswer } from './client.ts';

/** Longest answer that is read, in bytes. */
const MAX_ANSWER_BYTES = 1024 * 1024;

const HEAD_END = Buffer.from('\r\n\r\n');
const LINE_END = Buffer.from('\r\n');

/** A POST of a JSON body, as it is sent. */
export function wireRequest(url: string, body: string): Buffer {
  const { host, pathname } = new URL(url);
  const head = [
    `POST ${pathname} HTTP/1.1`,
    `host: ${host}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/**
 * Sends requests that were written before and hands over answers unread, so that what is measured is not what measuring
 * costs: Node's own client takes longer for a request than a server does that keeps its answers. Keeps connections open;
 * one of them carries one request at a time.
 */
export class WireClient implements Disposable {
  readonly #url: URL;
  readonly #idle: Connection[] = [];
  readonly #open = new Set<Connection>();

  constructor(url: string) {
    this.#url = new URL(url);
  }

  /** @returns the bytes of a whole answer, for {@link readAnswer} @throws when the connection breaks before its end */
  async send(request: Buffer): Promise<Buffer> {
    const connection = this.#connection();
    const answer = await connection.send(request);
    this.#idle.push(connection);
    return answer;
  }

  [Symbol.dispose](): void {
    for (const connection of this.#open) connection.close();
  }

  /** The one that was used last. Servers close those that are not used for long. */
  #connection(): Connection {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop())
      if (this.#open.has(idle)) return idle;
    const connection = new Connection(this.#url.hostname, Number(this.#url.port), () =>
      this.#open.delete(connection),
    );
    this.#open.add(connection);
    return connection;
  }
}

class Connection {
  readonly #socket: Socket;
  /** Where the kernel's bytes are put: a request's answer from the start. */
  readonly #buffer = Buffer.allocUnsafeSlow(MAX_ANSWER_BYTES);
  #length = 0;
  #waiting: PromiseWithResolvers<Buffer> | undefined;

  constructor(host: string, port: number, closed: () => void) {
    const room = Buffer.allocUnsafeSlow(64 * 1024);
    const callback = (length: number, bytes: Uint8Array) => {
      this.#received(bytes.subarray(0, length));
      return true;
    };
    this.#socket = connect({ host, port, noDelay: true, onread: { buffer: room, callback } });
    this.#socket.on('error', (error) => this.#waiting?.reject(error));
    this.#socket.on('close', () => {
      closed();
      this.#waiting?.reject(new Error('closed before the end of an answer'));
    });
  }

  send(request: Buffer): Promise<Buffer> {
    this.#length = 0;
    this.#waiting = Promise.withResolvers<Buffer>();
    this.#socket.write(request);
    return this.#waiting.promise;
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #received(bytes: Uint8Array): void {
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
    const answer = this.#buffer.subarray(0, this.#length);
    if (isWhole(answer)) this.#waiting?.resolve(Buffer.from(answer));
  }
}

function isWhole(answer: Buffer): boolean {
  const headEnd = answer.indexOf(HEAD_END);
  if (headEnd === -1) return false;
  const bodyStart = headEnd + HEAD_END.length;
  const length = contentLength(answer.toString('latin1', 0, headEnd));
  if (length !== undefined) return answer.length >= bodyStart + length;
  return chunks(answer, bodyStart) !== undefined;
}

/** Undefined where the body comes in chunks. */
function contentLength(head: string): number | undefined {
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length === undefined && !/\r\ntransfer-encoding: *chunked/i.test(head))
    throw new Error(`neither a length nor chunks: ${head}`);
  return length === undefined ? undefined : Number(length);
}

/** The parts of a body in chunks; undefined while the last one has not come. */
function chunks(answer: Buffer, bodyStart: number): Buffer[] | undefined {
  const found: Buffer[] = [];
  for (let start = bodyStart; ; ) {
    const sizeEnd = answer.indexOf(LINE_END, start);
    if (sizeEnd === -1) return undefined;
    const size = Number.parseInt(answer.toString('latin1', start, sizeEnd), 16);
    const end = sizeEnd + LINE_END.length + size;
    if (answer.length < end + LINE_END.length) return undefined;
    if (size === 0) return found;
    found.push(answer.subarray(end - size, end));
    start = end + LINE_END.length;
  }
}

/** Reads what {@link WireClient.send} brought. */
export function readAnswer(answer: Buffer): HttpAnswer {
  const headEnd = answer.indexOf(HEAD_END);
  const bodyStart = headEnd + HEAD_END.length;
  const head = answer.toString('latin1', 0, headEnd);
  const length = contentLength(head);
  const body =
    length === undefined
      ? Buffer.concat(chunks(answer, bodyStart) ?? [])
      : answer.subarray(bodyStart, bodyStart + length);
  return { status: Number(head.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length)), text: body.toString() };
}
