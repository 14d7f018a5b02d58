import type { ServerResponse } from 'node:http';
import { type MonotonicMs, monotonicNow } from '../../clock.ts';
import type { ErrorCode } from '../../errors.ts';
import { type FaultHandler, inBackground } from '../../guarded.ts';
import type { CostExtensions } from '../../limits/cost.ts';
import { onceClosed } from '../http/queued-responses.ts';
import type { CommonHeaders } from '../http/request-context.ts';
import type { Stream, StreamEnd } from './open-streams.ts';
import type { MaskedError, MaskedResult } from './subscription-source.ts';

/** How long a client may leave sent bytes unread, in milliseconds. */
const READ_TIMEOUT_MS = 30_000;

/** Wire format of results in a response body. */
export interface StreamFormat {
  readonly contentType: string;
  /** Sent at once: some browsers expose a response to a page only after the first byte of its body. */
  readonly opening: string;
  readonly heartbeat: string;
  /** Sent after the last result of a completed subscription. */
  readonly complete: string;
  /** @param json a GraphQL result */
  result(json: string): string;
  /** Sent before the gateway ends an incomplete subscription; makes clients subscribe again. */
  broken(why: StreamEnd): string;
}

/**
 * Server-sent events in distinct connections mode. An interrupted stream ends without `complete`.
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

/** A part together with the delimiter of the next one, because clients process a part only after its end. */
const part = (json: string): string => `\r\ncontent-type: application/json\r\n\r\n${json}\r\n--graphql`;

/** Transport errors, after which clients of the multipart protocol end a subscription. */
const BROKEN: Readonly<Record<StreamEnd, readonly [code: ErrorCode, message: string]>> = {
  restart: ['SERVICE_UNAVAILABLE', 'This gateway is shutting down. Subscribe again immediately.'],
  expired: ['UNAUTHENTICATED', 'The credential has expired. Subscribe again with a valid one.'],
  failed: ['INTERNAL_SERVER_ERROR', 'Internal error of the gateway. Subscribe again.'],
};

/**
 * The multipart subscription protocol 1.0, which Apollo's clients for web, iOS and Android use over plain HTTP.
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

/** Settings of a stream over HTTP. */
export interface HttpStreamOptions {
  readonly format: StreamFormat;
  /** Called when the stream is closed because its client does not read. */
  readonly tooSlow: () => void;
  /** Receives unexpected errors; the connection is closed. */
  readonly failed: FaultHandler;
  /** @internal How long the client may read nothing, in milliseconds. @default 30000 */
  readonly readTimeoutMs?: number;
}

/**
 * Streams the results of a subscription in a response body, with backpressure: it requests the next result only after the
 * client has read the last one, so that a slow client costs the memory of one result.
 */
export class HttpStream implements Stream {
  readonly #response: ServerResponse;
  readonly #options: HttpStreamOptions;
  /** Since when sent bytes are unread; undefined while none are. */
  #waitingSince: MonotonicMs | undefined;

  /** Sends the response headers. */
  constructor(response: ServerResponse, common: CommonHeaders, options: HttpStreamOptions) {
    this.#response = response;
    this.#options = options;
    response.writeHead(200, [
      ...common,
      ...['content-type', options.format.contentType],
      ...['cache-control', 'no-store'],
      // Without it, nginx buffers results until it has 4 kB of them.
      ...['x-accel-buffering', 'no'],
    ]);
    response.write(options.format.opening);
  }

  /**
   * Sends results until they end or the stream does. If they end with an error, it is sent as the last result.
   *
   * @param masked converts an error to what the client may see
   * @param extensions of the first result
   */
  async send(
    results: AsyncIterator<MaskedResult, void>,
    masked: (error: unknown) => readonly MaskedError[],
    extensions?: CostExtensions,
  ): Promise<void> {
    const { format } = this.#options;
    let hasReturned = false;
    const returnResults = () => {
      if (hasReturned) return;
      hasReturned = true;
      const returned = results.return?.();
      if (returned !== undefined) inBackground(returned, this.#failed);
    };
    const removeListener = onceClosed(this.#response, returnResults);
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
      removeListener();
      returnResults();
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

  /** Resolves when the client has read the text. */
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
