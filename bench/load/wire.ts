import { connect, type Socket } from 'node:net';
import { AnswerReader } from '../../src/upstream/http/answer-reader.ts';
import type { HttpAnswer } from './client.ts';

/** Largest body of an answer that is read, in bytes. */
const MAX_BODY_BYTES = 1024 * 1024;

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
 * Sends requests that were written before, over bare sockets, so that what is measured is not what measuring costs: Node's own client takes longer for a request than a server does that keeps its answers. Keeps connections open;
 * one of them carries one request at a time.
 */
export class WireClient implements Disposable {
  readonly #url: URL;
  readonly #idle: Connection[] = [];
  readonly #open = new Set<Connection>();

  constructor(url: string) {
    this.#url = new URL(url);
  }

  /** @throws when the connection breaks before the end of the answer */
  async send(request: Buffer): Promise<HttpAnswer> {
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
  #reader = new AnswerReader(MAX_BODY_BYTES);
  #waiting: PromiseWithResolvers<HttpAnswer> | undefined;

  constructor(host: string, port: number, closed: () => void) {
    const room = Buffer.allocUnsafeSlow(64 * 1024);
    const callback = (length: number) => {
      this.#received(room.subarray(0, length));
      return true;
    };
    this.#socket = connect({ host, port, noDelay: true, onread: { buffer: room, callback } });
    this.#socket.on('error', (error) => this.#waiting?.reject(error));
    this.#socket.on('close', () => {
      closed();
      this.#waiting?.reject(new Error('closed before the end of an answer'));
    });
  }

  send(request: Buffer): Promise<HttpAnswer> {
    this.#reader = new AnswerReader(MAX_BODY_BYTES);
    this.#waiting = Promise.withResolvers<HttpAnswer>();
    this.#socket.write(request);
    return this.#waiting.promise;
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #received(bytes: Buffer): void {
    this.#reader.read(bytes);
    if (!this.#reader.isWhole) return;
    const { status, text } = this.#reader.answer();
    this.#waiting?.resolve({ status, text });
  }
}
