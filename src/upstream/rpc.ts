import { randomUUID } from 'node:crypto';
import { UpstreamError } from '../errors.ts';
import type { Observer, UpstreamCallEvent } from '../observer.ts';
import { parseAnswer } from './answer.ts';
import { classifySocketError, NotFoundError } from './classify.ts';
import { withDeadline } from './deadline.ts';
import { ConnectionPool } from './pool.ts';
import { type Credentials, sign } from './sign.ts';

/** Largest answer that is read, in bytes; a page of 100 rows with every text at its longest is about 0.2 MB. */
export const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** One more try after a failure that may be gone at once. */
const MAX_TRIES = 2;

/** What a client needs to know of its upstream. */
export interface RpcOptions {
  /** Scheme, host and port, as in `https://ice.cn-shanghai.aliyuncs.com`. */
  readonly origin: string;
  readonly version: string;
  /** One deadline for all tries of a call, credentials and body included, in milliseconds. */
  readonly deadlineMs: number;
  readonly credentials: () => Promise<Credentials>;
  readonly observer: Observer;
}

/**
 * RPC-style calls to one endpoint over kept-alive connections. Reads only: a failed call may be sent twice.
 */
export class RpcClient {
  readonly #options: RpcOptions;
  readonly #host: string;
  readonly #pool: ConnectionPool;

  constructor(options: RpcOptions) {
    this.#options = options;
    this.#host = new URL(options.origin).host;
    this.#pool = new ConnectionPool(options.origin, {
      maxResponseSize: MAX_ANSWER_BYTES,
      // The deadline rules. These only free sockets that it has let go of.
      connectTimeout: options.deadlineMs,
      headersTimeout: 2 * options.deadlineMs,
      bodyTimeout: 2 * options.deadlineMs,
    });
  }

  /**
   * The body of a successful answer (`Success: true`), parsed.
   *
   * @param signal the caller's; when it fires the call is broken off and its reason thrown
   * @throws UpstreamError when no usable answer came before the deadline
   * @throws NotFoundError when the upstream knows no such thing
   */
  async call(
    action: string,
    params: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<Record<string, unknown>> {
    const startedAt = performance.now();
    let tries = 0;
    const report = (event: Omit<UpstreamCallEvent, 'action' | 'tries' | 'durationMs'>) =>
      this.#options.observer.upstreamCall({
        action,
        tries,
        durationMs: performance.now() - startedAt,
        ...event,
      });
    try {
      const body = await withDeadline(this.#options.deadlineMs, signal, async (broken) => {
        for (;;) {
          tries++;
          try {
            return await this.#try(action, params, broken);
          } catch (error) {
            if (!(error instanceof UpstreamError && error.tryAgain) || tries === MAX_TRIES) throw error;
          }
        }
      });
      report({ outcome: 'OK' });
      return body;
    } catch (error) {
      if (error instanceof NotFoundError) report({ outcome: 'NOT_FOUND' });
      else if (error instanceof UpstreamError) {
        const { code: outcome, detail, extensions } = error;
        report({ outcome, detail, upstreamRequestId: extensions.upstreamRequestId?.toString() });
      } else report({ outcome: 'CANCELLED' });
      throw error;
    }
  }

  /** Breaks off what is under way and closes every connection. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  async #try(
    action: string,
    params: Readonly<Record<string, string>>,
    broken: AbortSignal,
  ): Promise<Record<string, unknown>> {
    const credentials = await this.#options.credentials();
    broken.throwIfAborted();
    const method = 'POST';
    const { path, headers } = sign(
      {
        method,
        host: this.#host,
        action,
        version: this.#options.version,
        params,
        date: new Date(),
        nonce: randomUUID(),
      },
      credentials,
    );
    const response = await this.#send({
      method,
      path,
      headers: { ...headers, accept: 'application/json' },
      signal: broken,
    });
    return parseAnswer(response);
  }

  async #send(request: {
    method: 'POST';
    path: string;
    headers: Record<string, string>;
    signal: AbortSignal;
  }) {
    try {
      const { statusCode, headers, body } = await this.#pool.request(request);
      return { status: statusCode, headers, text: await body.text() };
    } catch (error) {
      if (request.signal.aborted) throw request.signal.reason;
      throw classifySocketError(error);
    }
  }
}
