import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** A request as the proxy received it. */
export interface ProxiedRequest {
  readonly method: string;
  /** Request target: a URL, or host and port of a tunnel. */
  readonly target: string;
  /** User and password, decoded; undefined without credentials. */
  readonly credentials: string | undefined;
}

/** A forward proxy for plain requests (absolute-form) and tunnels (CONNECT). `await using` stops it. */
export class ForwardProxyServer implements AsyncDisposable {
  readonly requests: ProxiedRequest[] = [];
  /** Status with which every request is rejected; undefined to forward requests. */
  rejectWith: number | undefined;
  /** Required credentials, without which it responds with 407; undefined if none are required. */
  credentials: string | undefined;
  /** Whether it accepts connections but never responds. */
  isSilent = false;
  /** Delay before it opens a tunnel, and again before it forwards bytes, in milliseconds. */
  tunnelDelayMs = 0;
  readonly #server;
  readonly #sockets = new Set<Duplex>();

  private constructor(identity?: { readonly key: string; readonly cert: string }) {
    const onRequest = (request: IncomingMessage, response: ServerResponse) =>
      this.#forward(request, response);
    this.#server = identity === undefined ? createServer(onRequest) : createTlsServer(identity, onRequest);
    this.#server.on('connect', (request: IncomingMessage, socket: Duplex) => this.#tunnel(request, socket));
    this.#server.on('connection', (socket: Socket) => this.#track(socket));
  }

  /** @param identity makes it an `https:` proxy */
  static async start(identity?: {
    readonly key: string;
    readonly cert: string;
  }): Promise<ForwardProxyServer> {
    const proxy = new ForwardProxyServer(identity);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #track(socket: Duplex): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
  }

  /** Status of a rejection; undefined for a forwarded request. */
  #judge({ method = '', url = '', headers }: IncomingMessage): number | undefined {
    const encoded = /^Basic (.*)$/.exec(headers['proxy-authorization'] ?? '')?.[1];
    const credentials = encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString();
    this.requests.push({ method, target: url, credentials });
    if (this.rejectWith !== undefined) return this.rejectWith;
    return this.credentials === undefined || credentials === this.credentials ? undefined : 407;
  }

  #forward(request: IncomingMessage, response: ServerResponse): void {
    const status = this.#judge(request);
    if (this.isSilent) return;
    if (status !== undefined) {
      response.writeHead(status, { 'content-type': 'text/html' }).end('<h1>proxy</h1>');
      return;
    }
    const { method, url = '', headers } = request;
    const { 'proxy-authorization': _, ...passed } = headers;
    const onward = forward(url, { method, headers: passed }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  }

  #tunnel(request: IncomingMessage, socket: Duplex): void {
    this.#track(socket);
    const status = this.#judge(request);
    if (this.isSilent) return;
    if (status !== undefined) {
      socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const { hostname, port } = new URL(`http://${request.url}`);
    const onward = connect(Number(port), hostname, async () => {
      await sleep(this.tunnelDelayMs);
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      await sleep(this.tunnelDelayMs);
      onward.pipe(socket).pipe(onward);
    });
    this.#track(onward);
    onward.on('close', () => socket.destroy());
    socket.on('close', () => onward.destroy());
  }
}
