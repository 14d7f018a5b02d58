import type { ServerResponse } from 'node:http';
import { type MonotonicMs, monotonicNow } from '../../clock.ts';
import type { ErrorCode } from '../../errors.ts';
import { type FaultHandler, inBackground } from '../../guarded.ts';
import type { CostExtensions } from '../../limits/cost.ts';
import { onceClosed } from '../http/queued-responses.ts';
import type { CommonHeaders } from '../http/request-context.ts';
import type { Stream, StreamEnd } from './open-streams.ts';
import type { MaskedError, MaskedResult } from './subscription-source.ts';

/** How long a client may read nothing of what waits for it, in milliseconds. */
const READ_TIMEOUT_MS = 30_000;

/** How a protocol writes results into the body of a response. */
export interface StreamFormat {
  readonly contentType: string;
  /** Sent at once: some browsers show a response to a page only when it has a byte of body. */
  readonly opening: string;
  readonly heartbeat: string;
  /** After the last result of a subscription that is complete. */
  readonly complete: string;
  /** @param json a GraphQL result */
  result(json: string): string;
  /** Before the gateway ends a response whose subscription is not complete, so that clients subscribe again. */
  broken(why: StreamEnd): string;
}

/**
 * Server-sent events, one subscription on each connection. A broken stream ends without `complete`.
 *
 * @see https://github.com/graphql/graphql-over-http/blob/main/rfcs/GraphQLOverSSE.md#distinct-connections-mode
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export const EVENT_STREAM: StreamFormat = {
  contentType: 'text/event-stream',
  opening: ':\n\n',
  heartbeat: ':\n\n',
  complete: 'event: complete\ndata:\n\n',
  result: (json) => `event: next\ndata: ${json}\n\n`,
  broken: () => '',
};

/** Each part is followed by the delimiter of the next one, because clients read a part when its end has come. */
const part = (json: string): string => `\r\ncontent-type: application/json\r\n\r\n${json}\r\n--graphql`;

/** Errors of the transport, which end a subscription in clients of the multipart protocol. */
const BROKEN: Readonly<Record<StreamEnd, readonly [code: ErrorCode, message: string]>> = {
  restart: ['SERVICE_UNAVAILABLE', 'This gateway is shutting down. Subscribe again immediately.'],
  expired: ['UNAUTHENTICATED', 'The credential has expired. Subscribe again with a valid one.'],
  failed: ['INTERNAL_SERVER_ERROR', 'Internal error of the gateway. Subscribe again.'],
};

/**
 * The multipart subscription protocol 1.0, which Apollo's clients for web, iOS and Android speak over plain HTTP.
 *
 * @see https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol
 */
export const MULTIPART: StreamFormat = {
  contentType: 'multipart/mixed;boundary="graphql";subscriptionSpec="1.0"',
  opening: '\r\n--graphql',
  heartbeat: part('{}'),
  complete: '--\r\n',
  result: (json) => part(`{"payload":${json}}`),
  broken: (why) => {
    const [code, message] = BROKEN[why];
    return `${part(JSON.stringify({ payload: null, errors: [{ message, extensions: { code } }] }))}--\r\n`;
  },
};

/** What a stream over HTTP is made of. */
export interface HttpStreamOptions {
  readonly format: StreamFormat;
  /** Called when the stream is cut off because its client reads nothing. */
  readonly tooSlow: () => void;
  /** Gets what is thrown where nobody waits for it; the connection is closed. */
  readonly failed: FaultHandler;
  /** @internal How long that may go on, in milliseconds. @default 30000 */
  readonly readTimeoutMs?: number;
}

/**
 * Sends the results of a subscription in the body of a response, one at a time: takes the next when the client has read the
 * last one, so that a slow client costs the bytes of one result.
 */
export class HttpStream implements Stream {
  readonly #response: ServerResponse;
  readonly #options: HttpStreamOptions;
  /** Since when the client has read nothing. */
  #waitingSince: MonotonicMs | undefined;

  /** Begins the response. */
  constructor(response: ServerResponse, common: CommonHeaders, options: HttpStreamOptions) {
    this.#response = response;
    this.#options = options;
    response.writeHead(200, [
      ...common,
      ...['content-type', options.format.contentType],
      ...['cache-control', 'no-store'],
      // nginx would keep results back until it has 4 kB of them.
      ...['x-accel-buffering', 'no'],
    ]);
    response.write(options.format.opening);
  }

  /**
   * Sends results until they have ended, or the stream has. The error by which they end is a last result.
   *
   * @param masked what of an error the client may see
   * @param extensions of the first result
   */
  async send(
    results: AsyncIterator<MaskedResult, void>,
    masked: (error: unknown) => readonly MaskedError[],
    extensions?: CostExtensions,
  ): Promise<void> {
    const { format } = this.#options;
    let hasLeft = false;
    const leave = () => {
      if (hasLeft) return;
      hasLeft = true;
      const returned = results.return?.();
      if (returned !== undefined) inBackground(returned, this.#failed);
    };
    const stay = onceClosed(this.#response, leave);
    try {
      let hasFailed = false;
      for (let first = extensions; !hasFailed; first = undefined) {
        const { done, value } = await results.next().catch((error) => {
          hasFailed = true;
          return { done: false, value: { errors: masked(error) } };
        });
        if (done || this.#isOver) break;
        await this.#write(format.result(JSON.stringify(first ? { ...value, extensions: first } : value)));
      }
      if (!this.#isOver) this.#response.end(format.complete);
    } finally {
      stay();
      leave();
    }
  }

  heartbeat(): void {
    if (this.#isOver) return;
    if (this.#waitingSince === undefined) {
      inBackground(this.#write(this.#options.format.heartbeat), this.#failed);
      return;
    }
    if (monotonicNow() - this.#waitingSince < (this.#options.readTimeoutMs ?? READ_TIMEOUT_MS)) return;
    this.#options.tooSlow();
    this.#response.destroy();
  }

  end(why: StreamEnd): void {
    if (!this.#isOver) this.#response.end(this.#options.format.broken(why));
  }

  get #isOver(): boolean {
    return this.#response.writableEnded || this.#response.destroyed;
  }

  readonly #failed = (error: unknown) => {
    this.#options.failed(error);
    this.#response.destroy();
  };

  /** Resolves when the client has read it. */
  async #write(text: string): Promise<void> {
    if (this.#response.write(text)) return;
    this.#waitingSince ??= monotonicNow();
    const { promise, resolve } = Promise.withResolvers<void>();
    const stopWaiting = onceClosed(this.#response, resolve);
    this.#response.once('drain', resolve);
    await promise;
    this.#response.off('drain', resolve);
    stopWaiting();
    this.#waitingSince = undefined;
  }
}
