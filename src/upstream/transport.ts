import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import type { buildConnector, Dispatcher } from 'undici';
// Not the index: it loads fetch, WebSockets, caches and mocks, 13 MB that a gateway never uses.
import connectThrough from 'undici/lib/api/api-connect.js';
import createConnector from 'undici/lib/core/connect.js';
import { ConnectTimeoutError } from 'undici/lib/core/errors.js';
import Pool from 'undici/lib/dispatcher/pool.js';
import ProxyAgent from 'undici/lib/dispatcher/proxy-agent.js';
import { describeHeld } from '../errors.ts';
import { guarded } from '../guarded.ts';
import { USER_AGENT } from '../version.ts';
import type { ForwardProxy } from './proxy.ts';

/** A request without a body. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** By names in lower case. The transport sets `host`, `user-agent` and `accept-encoding`. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface HttpResponse {
  readonly status: number;
  /** A header by its name in lower case; the first one of several. */
  readonly header: (name: string) => string | undefined;
  /** The decompressed body, decoded from UTF-8 without a byte order mark. */
  readonly text: string;
}

export interface TransportOptions {
  readonly origin: string;
  readonly proxy: ForwardProxy | undefined;
  /** Connections at a time. Further requests wait for one, in the order of coming. */
  readonly maxConnections: number;
  /** Largest body, in bytes, on the wire as well as decompressed. */
  readonly maxBodyBytes: number;
  /** How long connecting may take, the proxy's tunnel and TLS included, in milliseconds. */
  readonly connectTimeoutMs: number;
}

/** A request that HTTP cannot carry, so that it was not sent: a fault of this process. The message repeats no value. */
export class UnsendableRequestError extends TypeError {
  override readonly name = 'UnsendableRequestError';
}

/** The message is for the log: it names the proxy, but no other host, and repeats at most twelve characters of the response. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  /**
   * - `broken`: no connection, or one that ended before the head of the response; may work the next time.
   * - `truncated`: the connection ended within the body; may work the next time.
   * - `unreadable`: not HTTP, without a clear end, or too large; will not be better the next time.
   */
  readonly kind: 'broken' | 'truncated' | 'unreadable';

  constructor(kind: TransportError['kind'], message: string, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
  }
}

/** How long an idle connection is kept unless the server says `keep-alive: timeout`, in milliseconds. */
const IDLE_MS = 4000;
/** How much earlier than the server an idle connection is closed, so that no request meets its end; in milliseconds. */
const IDLE_MARGIN_MS = 2000;
const MAX_IDLE_MS = 600_000;
const MAX_HEAD_BYTES = 16 * 1024;

/** Most connections, whatever the quota is: each takes some 50 kB with TLS. */
const MAX_CONNECTIONS = 1000;

/**
 * How many connections a quota can keep busy (Little's law: rate × time), at most 1,000.
 *
 * @param maxRequestsPerSecond the account's quota
 * @param deadlineMs of a call with all its attempts, in milliseconds
 */
export function connectionLimit(maxRequestsPerSecond: number, deadlineMs: number): number {
  return Math.min(MAX_CONNECTIONS, maxRequestsPerSecond * Math.ceil(deadlineMs / 1000));
}

/**
 * Kept-alive HTTP/1.1 connections to one origin, by undici, directly or through a proxy. Its one timeout is that for
 * connecting: callers cancel requests.
 */
export class Transport {
  readonly #options: TransportOptions;
  readonly #dispatcher: Dispatcher;
  readonly #ownHeaders: Readonly<Record<string, string>>;

  constructor(options: TransportOptions) {
    this.#options = options;
    // undici verifies the certificate of the host that this header names.
    this.#ownHeaders = { ...OWN_HEADERS, host: new URL(options.origin).host };
    this.#dispatcher =
      options.proxy === undefined ? poolFor(options.origin, options) : agentFor(options.proxy, options);
  }

  /**
   * Sends a request. Exactly one of the two callbacks is called, unless the request is cancelled before.
   *
   * @param failed gets TransportError, or UnsendableRequestError
   * @returns cancels the request and closes its connection; a request that still waits for one is never sent
   */
  send(
    request: HttpRequest,
    done: (response: HttpResponse) => void,
    failed: (error: TransportError | UnsendableRequestError) => void,
  ): () => void {
    const reader = new ResponseReader(this.#options, done, failed);
    const headers = { ...request.headers, ...this.#ownHeaders };
    const call = { origin: this.#options.origin, method: request.method, path: request.path, headers };
    this.#dispatcher.dispatch(call, reader);
    return () => reader.abandon();
  }

  /** Fails requests under way with TransportError and closes every connection. */
  close(): void {
    // Never rejects. Nothing waits for sockets that are destroyed.
    void this.#dispatcher.destroy();
  }
}

const OWN_HEADERS = { 'user-agent': USER_AGENT, 'accept-encoding': 'gzip, deflate, br' } as const;

type Connector = buildConnector.connector;

/** Certificates are verified whatever NODE_TLS_REJECT_UNAUTHORIZED says: what follows is signed. */
const TLS = { allowH2: false, rejectUnauthorized: true } as const;

function poolFor(origin: string | URL, options: TransportOptions, connector?: Connector): Pool {
  const connect = connector ?? createConnector({ ...TLS, timeout: options.connectTimeoutMs });
  return new Pool(origin, {
    allowH2: false,
    connect: keepingSessions(connect),
    connections: options.maxConnections,
    keepAliveTimeout: IDLE_MS,
    keepAliveTimeoutThreshold: IDLE_MARGIN_MS,
    keepAliveMaxTimeout: MAX_IDLE_MS,
    maxHeaderSize: MAX_HEAD_BYTES,
    maxResponseSize: options.maxBodyBytes,
    // Callers have a deadline.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

function agentFor(proxy: ForwardProxy, options: TransportOptions): ProxyAgent {
  const timeout = options.connectTimeoutMs;
  return new ProxyAgent({
    uri: proxy.url,
    ...(proxy.authorization !== undefined && { token: proxy.authorization }),
    allowH2: false,
    requestTls: { ...TLS, timeout },
    proxyTls: { ...TLS, timeout },
    factory: (origin, { connect }: { readonly connect?: Connector }) =>
      poolFor(origin, options, connect && withDeadline(connect, timeout)),
    // Carries CONNECT, which the deadline breaks off. The method for it comes with undici's index otherwise.
    clientFactory: (origin, { connect }: { readonly connect?: Connector }) =>
      Object.assign(new Pool(origin, { allowH2: false, headersTimeout: 0, ...(connect && { connect }) }), {
        connect: connectThrough,
      }),
  });
}

/**
 * One deadline for connecting, where undici has one for each of the proxy, CONNECT, and TLS in the tunnel. CONNECT is aborted at
 * the deadline; TLS that has begun ends at its own timeout.
 */
function withDeadline(connect: Connector, deadlineMs: number): Connector {
  return (target, done) => {
    const controller = new AbortController();
    const { signal } = controller;
    const expire = () => {
      const error = new ConnectTimeoutError();
      controller.abort(error);
      done(error, null);
    };
    const abort = (error: unknown) => controller.abort(error);
    const timer = setTimeout(guarded(expire, abort), deadlineMs).unref();
    // undici's tunnel takes a signal, which the types leave out.
    const interruptible = { ...target, signal };
    return connect(interruptible, (...[error, socket]) => {
      clearTimeout(timer);
      if (signal.aborted) socket?.destroy();
      else if (error !== null) done(error, null);
      else done(null, socket);
    });
  };
}

/** undici holds TLS sessions by weak references alone, which do not survive the next garbage collection. */
function keepingSessions(connect: Connector): Connector {
  const kept = new Map<'latest', Buffer>();
  return (target, done) =>
    connect(target, (...[error, socket]) => {
      if (error !== null) return done(error, null);
      socket.on('session', (session) => kept.set('latest', session));
      done(null, socket);
    });
}

const UTF8 = new TextDecoder();

/** Thrown to make undici drop a request that was cancelled before its turn; its connection serves the next one. */
const ABANDONED = new Error('abandoned');

/** Collects one response. undici calls it. */
class ResponseReader implements Dispatcher.DispatchHandler {
  readonly #options: TransportOptions;
  readonly #done: (response: HttpResponse) => void;
  readonly #failed: (error: TransportError | UnsendableRequestError) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #isOver = false;
  #status = 0;
  #headers: HttpHeaders = {};
  #chunks: Buffer[] = [];

  constructor(
    options: TransportOptions,
    done: (response: HttpResponse) => void,
    failed: (error: TransportError | UnsendableRequestError) => void,
  ) {
    this.#options = options;
    this.#done = done;
    this.#failed = failed;
  }

  abandon(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#controller?.abort(ABANDONED);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#isOver) throw ABANDONED;
    this.#controller = controller;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: HttpHeaders): void {
    // An interim response (1xx): the final one follows.
    if (status < 200) return;
    this.#status = status;
    this.#headers = headers;
    if (status > 599) throw new TransportError('unreadable', `HTTP status ${status}`);
    const coding = headers['transfer-encoding'];
    // undici takes any list of codings: one that does not end with chunked for a body without an end.
    if (coding !== undefined && !(typeof coding === 'string' && /^chunked[ \t]*$/i.test(coding)))
      throw new TransportError(
        'unreadable',
        `transfer-encoding holds ${describeHeld(String(coding))}, expected chunked`,
      );
    const { maxBodyBytes } = this.#options;
    if (Number(headers['content-length']) > maxBodyBytes) throw tooLarge(maxBodyBytes);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#isOver) return;
    let text: string;
    try {
      const [first] = this.#chunks;
      const body = first !== undefined && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks);
      // Without a byte order mark. @see https://www.rfc-editor.org/rfc/rfc8259#section-8.1
      text = UTF8.decode(decompress(body, this.#headers['content-encoding'], this.#options.maxBodyBytes));
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#isOver = true;
    const headers = this.#headers;
    const header = (name: string) => {
      const value = headers[name];
      // undici leaves blanks at the end of a value.
      return (typeof value === 'object' ? value[0] : value)?.trim();
    };
    this.#done({ status: this.#status, header, text });
  }

  onResponseError(controller: Dispatcher.DispatchController | null, error: Error): void {
    this.#fail(error);
    // After a 407 to a request in absolute form undici goes on reading a body that may never end.
    controller?.abort(ABANDONED);
  }

  #fail(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#failed(this.#translate(error));
  }

  #translate(error: unknown): TransportError | UnsendableRequestError {
    if (error instanceof TransportError) return error;
    const { name, message } = error instanceof Error ? error : new Error(typeof error);
    const code = codeOf(error) ?? name;
    // Names the header or the part that cannot be sent.
    if (code === 'UND_ERR_INVALID_ARG' && this.#controller === undefined)
      return new UnsendableRequestError(`not sent: ${message}`);
    const hasHead = this.#status !== 0;
    const flaw = flawOf(code, message, hasHead);
    if (flaw !== undefined) return new TransportError('unreadable', flaw, error);
    const { proxy } = this.#options;
    const detail = proxy === undefined ? code : `${refusalOf(code, message) ?? code}, proxy ${proxy.host}`;
    return hasHead
      ? new TransportError('truncated', `body truncated, the connection ended: ${detail}`, error)
      : new TransportError('broken', detail, error);
  }
}

type HttpHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** @throws TransportError where the body is longer than that, or not what `content-encoding` says */
function decompress(body: Buffer, encoding: HttpHeaders[string], maxBytes: number): Buffer {
  if (encoding === undefined || body.length === 0) return body;
  const name = typeof encoding === 'string' ? encoding.trim().toLowerCase() : encoding;
  const limit = { maxOutputLength: maxBytes };
  try {
    switch (name) {
      case 'identity':
        return body;
      case 'gzip':
      case 'x-gzip':
        return gunzipSync(body, limit);
      case 'br':
        return brotliDecompressSync(body, limit);
      case 'deflate':
        // Some servers leave the header of zlib out.
        return ((body[0] ?? 0) & 0x0f) === 8 ? inflateSync(body, limit) : inflateRawSync(body, limit);
    }
  } catch (error) {
    if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes);
    throw new TransportError(
      'unreadable',
      `the body is not ${name}, although content-encoding says so`,
      error,
    );
  }
  throw new TransportError(
    'unreadable',
    `content-encoding holds ${describeHeld(encoding)}, expected gzip, deflate or br`,
  );
}

function tooLarge(maxBytes: number): TransportError {
  return new TransportError('unreadable', `more than ${maxBytes} bytes in the body`);
}

/** Why a response cannot be read, which the next attempt would not change; undefined where only the connection broke. */
function flawOf(code: string, message: string, hasHead: boolean): string | undefined {
  switch (code) {
    case 'UND_ERR_HEADERS_OVERFLOW':
      return `more than ${MAX_HEAD_BYTES} bytes of headers`;
    case 'UND_ERR_RES_EXCEEDED_MAX_SIZE':
      return 'body too large';
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH':
      // undici reports a second length in a head, and what else is wrong behind a first one, like a body that was cut.
      return hasHead ? undefined : 'not HTTP/1.1: a second content-length, or malformed headers after it';
    case 'HTTPParserError': {
      // The words in brackets are constants of llhttp.
      const reason = /\(([\w' -]{1,80})\)$/.exec(message)?.[1] ?? 'unknown reason';
      // The end of the connection within chunks.
      return reason === 'Invalid EOF state' ? undefined : `not HTTP/1.1: ${reason}`;
    }
    case 'UND_ERR_SOCKET':
      // All other messages with this code are about the connection.
      return /^bad (response|upgrade)$/.test(message) ? 'unexpected interim response' : undefined;
    default:
      return undefined;
  }
}

/** What a proxy responded instead of opening a tunnel, or of passing a request on without credentials. */
function refusalOf(code: string, message: string): string | undefined {
  // undici's words for it; nothing else is invalid about a request that was sent.
  if (code === 'UND_ERR_INVALID_ARG') return 'HTTP 407';
  // undici has the status in the text alone.
  const status = code === 'UND_ERR_ABORTED' ? /^Proxy response \((\d{3})\)/.exec(message)?.[1] : undefined;
  return status === undefined ? undefined : `HTTP ${status} to CONNECT`;
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : undefined;
}
