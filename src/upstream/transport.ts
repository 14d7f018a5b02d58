import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import type { buildConnector, Dispatcher } from 'undici';
// Deep imports: the index also loads fetch, WebSockets, caches and mocks, 13 MB that the gateway does not use.
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
  /** By name in lower case. The transport sets `host`, `user-agent` and `accept-encoding`. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface HttpResponse {
  readonly status: number;
  /** Returns a header by its name in lower case; the first of several. */
  readonly header: (name: string) => string | undefined;
  /** The decompressed body, decoded from UTF-8, without a byte order mark. */
  readonly text: string;
}

export interface TransportOptions {
  readonly origin: string;
  readonly proxy: ForwardProxy | undefined;
  /** Maximum number of connections. Further requests queue in FIFO order. */
  readonly maxConnections: number;
  /** Maximum body size in bytes, both compressed and decompressed. */
  readonly maxBodyBytes: number;
  /**
   * Timeout for connecting, including the proxy's tunnel and TLS, in milliseconds. Connecting never
   * fails before it, and may take up to 1.5 seconds longer.
   */
  readonly connectTimeoutMs: number;
}

/** A request that HTTP cannot carry and that was not sent: a fault of this process. The message contains no values. */
export class UnsendableRequestError extends TypeError {
  override readonly name = 'UnsendableRequestError';
}

/**
 * A failed request. The message is for the log: it names the proxy, but no other host, and quotes at most twelve characters
 * of the response.
 */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  /**
   * - `broken`: no connection, or one that ended before the response headers; a retry may succeed.
   * - `truncated`: the connection ended within the body; a retry may succeed.
   * - `unreadable`: not HTTP, of unclear length, or too large; a retry would fail too.
   */
  readonly kind: 'broken' | 'truncated' | 'unreadable';

  constructor(kind: TransportError['kind'], message: string, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
  }
}

/** How long an idle connection is kept if the server sends no `keep-alive: timeout`, in milliseconds. */
const IDLE_MS = 4000;
/**
 * How much earlier than the server an idle connection is closed, in milliseconds, so that no request is sent into a closing
 * connection.
 */
const IDLE_MARGIN_MS = 2000;
const MAX_IDLE_MS = 600_000;
/**
 * How much too early undici may end connecting, in milliseconds: its timers count ticks of half a second, and the first tick
 * may come at once.
 */
const TIMER_INACCURACY_MS = 500;
const MAX_HEAD_BYTES = 16 * 1024;

/** Maximum number of connections for any quota; each takes about 50 kB with TLS. */
const MAX_CONNECTIONS = 1000;

/**
 * Number of connections that a quota can keep busy (Little's law: rate × time), at most 1,000.
 *
 * @param maxRequestsPerSecond the account's quota
 * @param deadlineMs deadline of a call with all its attempts, in milliseconds
 */
export function connectionLimit(maxRequestsPerSecond: number, deadlineMs: number): number {
  return Math.min(MAX_CONNECTIONS, maxRequestsPerSecond * Math.ceil(deadlineMs / 1000));
}

/**
 * Keep-alive HTTP/1.1 connections to one origin through undici, directly or through a proxy. Its only timeout is for
 * connecting; callers cancel requests at their deadline.
 */
export class Transport {
  readonly #options: TransportOptions;
  readonly #dispatcher: Dispatcher;
  readonly #ownHeaders: Readonly<Record<string, string>>;

  constructor(options: TransportOptions) {
    this.#options = options;
    // undici verifies the certificate against the host name in this header.
    this.#ownHeaders = { ...OWN_HEADERS, host: new URL(options.origin).host };
    this.#dispatcher =
      options.proxy === undefined ? poolFor(options.origin, options) : agentFor(options.proxy, options);
  }

  /**
   * Sends a request. Calls exactly one of the callbacks, unless the request is cancelled first.
   *
   * @param failed receives TransportError or UnsendableRequestError
   * @returns cancels the request and closes its connection; a queued request is never sent
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

  /** Fails requests in progress with TransportError and closes all connections. */
  close(): void {
    // destroy() never rejects, and nothing depends on its end.
    void this.#dispatcher.destroy();
  }
}

const OWN_HEADERS = { 'user-agent': USER_AGENT, 'accept-encoding': 'gzip, deflate, br' } as const;

type Connector = buildConnector.connector;

/** Certificates are verified even with NODE_TLS_REJECT_UNAUTHORIZED=0, because requests are signed. */
const TLS = { allowH2: false, rejectUnauthorized: true } as const;

function poolFor(origin: string | URL, options: TransportOptions, connector?: Connector): Pool {
  const connect = connector ?? createConnector({ ...TLS, timeout: connectorTimeoutMs(options) });
  return new Pool(origin, {
    allowH2: false,
    connect: resumingSessions(connect),
    connections: options.maxConnections,
    keepAliveTimeout: IDLE_MS,
    keepAliveTimeoutThreshold: IDLE_MARGIN_MS,
    keepAliveMaxTimeout: MAX_IDLE_MS,
    maxHeaderSize: MAX_HEAD_BYTES,
    maxResponseSize: options.maxBodyBytes,
    // Callers have deadlines of their own.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

/** Longer than the timeout, so that a caller with the same deadline always sees its deadline, and not a broken connection. */
function connectorTimeoutMs({ connectTimeoutMs }: TransportOptions): number {
  return connectTimeoutMs + TIMER_INACCURACY_MS;
}

function agentFor(proxy: ForwardProxy, options: TransportOptions): ProxyAgent {
  const timeout = connectorTimeoutMs(options);
  return new ProxyAgent({
    uri: proxy.url,
    ...(proxy.authorization !== undefined && { token: proxy.authorization }),
    allowH2: false,
    requestTls: { ...TLS, timeout },
    proxyTls: { ...TLS, timeout },
    factory: (origin, { connect }: { readonly connect?: Connector }) =>
      poolFor(origin, options, connect && withDeadline(connect, options.connectTimeoutMs)),
    // Sends CONNECT requests, which the deadline aborts. undici's index would add this method.
    clientFactory: (origin, { connect }: { readonly connect?: Connector }) =>
      Object.assign(new Pool(origin, { allowH2: false, headersTimeout: 0, ...(connect && { connect }) }), {
        connect: connectThrough,
      }),
  });
}

/**
 * Adds one deadline for connecting; undici has separate timeouts for the proxy, CONNECT, and TLS in the tunnel. CONNECT is
 * aborted at the deadline; a TLS handshake in progress ends at its own timeout.
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
    // undici's tunnel accepts a signal, which its types lack.
    const interruptible = { ...target, signal };
    return connect(interruptible, (...[error, socket]) => {
      clearTimeout(timer);
      if (signal.aborted) socket?.destroy();
      else if (error !== null) done(error, null);
      else done(null, socket);
    });
  };
}

/**
 * Keeps the latest TLS session for resumption. undici holds sessions by weak references, which the next garbage collection
 * clears.
 */
function resumingSessions(connect: Connector): Connector {
  const sessions = new Map<'latest', Buffer>();
  return (target, done) =>
    connect(target, (...[error, socket]) => {
      if (error !== null) return done(error, null);
      socket.on('session', (session) => sessions.set('latest', session));
      done(null, socket);
    });
}

const UTF8 = new TextDecoder();

/** Thrown to make undici drop a request that was cancelled while queued; its connection stays open. */
const ABANDONED = new Error('abandoned');

/** Collects one response. undici calls its methods. */
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
    // Ignores interim responses (1xx): the final one follows.
    if (status < 200) return;
    this.#status = status;
    this.#headers = headers;
    if (status > 599) throw new TransportError('unreadable', `HTTP status ${status}`);
    const coding = headers['transfer-encoding'];
    // undici accepts any list of codings, and treats one that does not end with chunked as a body without an end.
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
      // The decoder drops a byte order mark. @see https://www.rfc-editor.org/rfc/rfc8259#section-8.1
      text = UTF8.decode(decompress(body, this.#headers['content-encoding'], this.#options.maxBodyBytes));
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#isOver = true;
    const headers = this.#headers;
    const header = (name: string) => {
      const value = headers[name];
      // undici keeps trailing white space of a value.
      return (typeof value === 'object' ? value[0] : value)?.trim();
    };
    this.#done({ status: this.#status, header, text });
  }

  onResponseError(controller: Dispatcher.DispatchController | null, error: Error): void {
    this.#fail(error);
    // After a 407 to a request in absolute form, undici keeps reading a body that may never end.
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
    // The message names the header or the part that cannot be sent.
    if (code === 'UND_ERR_INVALID_ARG' && this.#controller === undefined)
      return new UnsendableRequestError(`not sent: ${message}`);
    const hasHead = this.#status !== 0;
    const flaw = flawOf(code, message, hasHead);
    if (flaw !== undefined) return new TransportError('unreadable', flaw, error);
    const { proxy } = this.#options;
    const detail =
      proxy === undefined ? code : `${proxyRejectionOf(code, message) ?? code}, proxy ${proxy.host}`;
    return hasHead
      ? new TransportError('truncated', `body truncated, the connection ended: ${detail}`, error)
      : new TransportError('broken', detail, error);
  }
}

type HttpHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** @throws TransportError when the body exceeds `maxBytes`, or does not match `content-encoding` */
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
        // Some servers send deflate without the zlib header.
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

/** Why a response cannot be read, which a retry would not change; undefined when only the connection broke. */
function flawOf(code: string, message: string, hasHead: boolean): string | undefined {
  switch (code) {
    case 'UND_ERR_HEADERS_OVERFLOW':
      return `more than ${MAX_HEAD_BYTES} bytes of headers`;
    case 'UND_ERR_RES_EXCEEDED_MAX_SIZE':
      return 'body too large';
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH':
      // undici reports a second content-length in the headers, and other errors after a first one, like a truncated body.
      return hasHead ? undefined : 'not HTTP/1.1: a second content-length, or malformed headers after it';
    case 'HTTPParserError': {
      // The text in brackets is a constant of llhttp.
      const reason = /\(([\w' -]{1,80})\)$/.exec(message)?.[1] ?? 'unknown reason';
      // The connection ended within a chunk.
      return reason === 'Invalid EOF state' ? undefined : `not HTTP/1.1: ${reason}`;
    }
    case 'UND_ERR_SOCKET':
      // Other messages with this code concern the connection.
      return /^bad (response|upgrade)$/.test(message) ? 'unexpected interim response' : undefined;
    default:
      return undefined;
  }
}

/** The proxy's rejection of a tunnel, or of a request without credentials. */
function proxyRejectionOf(code: string, message: string): string | undefined {
  // undici's code for 407. Nothing else makes a request invalid after it was sent.
  if (code === 'UND_ERR_INVALID_ARG') return 'HTTP 407';
  // undici reports the status only in the message.
  const status = code === 'UND_ERR_ABORTED' ? /^Proxy response \((\d{3})\)/.exec(message)?.[1] : undefined;
  return status === undefined ? undefined : `HTTP ${status} to CONNECT`;
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : undefined;
}
