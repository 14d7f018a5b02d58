import { connect, type Socket } from 'node:net';
import type { HttpAnswer } from './client.ts';

const NOTHING = Buffer.alloc(0);

/** A POST request with a JSON body, serialized for the wire. */
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
 * Sends serialized requests over plain sockets, so that the client costs little: Node's own client takes longer per request
 * than a server that caches its responses. Keep-alive; each connection carries one request at a time.
 */
export class WireClient implements Disposable {
  readonly #url: URL;
  readonly #idle: Connection[] = [];
  readonly #open = new Set<Connection>();

  constructor(url: string) {
    this.#url = new URL(url);
  }

  /** @throws Error if the connection breaks before the end of the response */
  async send(request: Buffer): Promise<HttpAnswer> {
    const connection = this.#connection();
    const answer = await connection.send(request);
    this.#idle.push(connection);
    return answer;
  }

  [Symbol.dispose](): void {
    for (const connection of this.#open) connection.close();
  }

  /** The most recently used connection, because servers close idle ones. */
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
  /** The part of an incomplete response that has arrived. */
  #received: Buffer = NOTHING;
  #waiting: PromiseWithResolvers<HttpAnswer> | undefined;

  constructor(host: string, port: number, closed: () => void) {
    const room = Buffer.allocUnsafeSlow(64 * 1024);
    const callback = (length: number) => {
      this.#read(room.subarray(0, length));
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
    this.#received = NOTHING;
    this.#waiting = Promise.withResolvers<HttpAnswer>();
    this.#socket.write(request);
    return this.#waiting.promise;
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  /** @param bytes valid during the call only */
  #read(bytes: Buffer): void {
    const all = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes]);
    const response = parse(all);
    if (response !== undefined) this.#waiting?.resolve(response);
    else this.#received = all === bytes ? Buffer.from(bytes) : all;
  }
}

const HEAD_END = '\r\n\r\n';

/**
 * Parses a response of a server of the bench, all of which speak valid HTTP.
 *
 * @returns undefined for an incomplete response
 */
function parse(bytes: Buffer): HttpAnswer | undefined {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd === -1) return undefined;
  const head = bytes.toString('latin1', 0, headEnd);
  const start = headEnd + HEAD_END.length;
  const length = /\r\ncontent-length:[ \t]*(\d+)/i.exec(head)?.[1];
  const text = length === undefined ? unchunked(bytes, start) : between(bytes, start, start + Number(length));
  return text === undefined ? undefined : { status: Number(head.slice(9, 12)), text };
}

function between(bytes: Buffer, start: number, end: number): string | undefined {
  return bytes.length < end ? undefined : bytes.toString('utf8', start, end);
}

function unchunked(bytes: Buffer, start: number): string | undefined {
  const chunks: Buffer[] = [];
  for (let at = start; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd === -1) return undefined;
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    const data = lineEnd + 2;
    // CRLF follows the data, and an empty line the last chunk.
    if (bytes.length < data + size + 2) return undefined;
    if (size === 0) return Buffer.concat(chunks).toString();
    chunks.push(bytes.subarray(data, data + size));
    at = data + size + 2;
  }
}
