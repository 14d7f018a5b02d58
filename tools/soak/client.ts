import { Agent, request } from 'node:http';

/** A request to send. */
export interface RequestSpec {
  readonly method?: 'GET' | 'POST' | 'PUT';
  /** Path and query. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Several pieces are sent one by one. */
  readonly body?: string | readonly string[];
  /** The client disconnects after this time, in milliseconds. */
  readonly disconnectsAfterMs?: number;
}

/** The outcome of a request. */
export interface Reply {
  /** As in the gateway's log. */
  readonly requestId: string;
  /** HTTP status; 0 without a complete response. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The body, or why there is none. */
  readonly text: string;
  /** Milliseconds of `performance.now()`. */
  readonly startedAtMs: number;
  /** Time until the complete response, in milliseconds. */
  readonly tookMs: number;
}

/** Sends requests sequentially over keep-alive connections. */
export class Client {
  readonly #origin: string;
  readonly #name: string;
  readonly #agent = new Agent({ keepAlive: true });
  #sent = 0;

  /** @param name prefix of its request ids */
  constructor(origin: string, name: string) {
    this.#origin = origin;
    this.#name = name;
  }

  /** Never rejects: a request without a response has status 0. */
  send(spec: RequestSpec): Promise<Reply> {
    const { method = spec.body === undefined ? 'GET' : 'POST', target, body, disconnectsAfterMs } = spec;
    const requestId = `${this.#name}-${++this.#sent}`;
    const startedAtMs = performance.now();
    return new Promise((resolve) => {
      const done = (status: number, headers: Reply['headers'], text: string): void =>
        resolve({ requestId, status, headers, text, startedAtMs, tookMs: performance.now() - startedAtMs });
      const length = typeof body === 'string' ? { 'content-length': String(Buffer.byteLength(body)) } : {};
      const outgoing = request(this.#origin + target, {
        agent: this.#agent,
        method,
        headers: { 'x-request-id': requestId, ...length, ...spec.headers },
      });
      outgoing.on('response', (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', (error) => done(0, {}, error.message));
        incoming.on('end', () =>
          done(incoming.statusCode ?? 0, incoming.headers, Buffer.concat(chunks).toString('utf8')),
        );
      });
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        // The gateway closed an idle connection while the request was in flight, without having received it.
        if (outgoing.reusedSocket && error.code === 'ECONNRESET' && disconnectsAfterMs === undefined)
          this.send(spec).then(resolve);
        else done(0, {}, error.message);
      });
      if (disconnectsAfterMs !== undefined) setTimeout(() => outgoing.destroy(), disconnectsAfterMs);
      if (typeof body === 'object') for (const piece of body) outgoing.write(piece);
      outgoing.end(typeof body === 'string' ? body : undefined);
    });
  }

  /** Closes its connections. */
  close(): void {
    this.#agent.destroy();
  }
}
