import type { ServerResponse } from 'node:http';
import { type FaultHandler, inBackground } from '../../guarded.ts';
import { onceClosed } from '../queued-responses.ts';
import type { CommonHeaders } from '../routes.ts';
import type { Stream } from './open-streams.ts';

/** How long a reader may take nothing of what waits for it, in milliseconds. */
const PATIENCE_MS = 30_000;

const HEADERS: CommonHeaders = [
  ...['content-type', 'text/event-stream'],
  ...['cache-control', 'no-store'],
  // nginx would keep events back until it has 4 kB of them.
  ...['x-accel-buffering', 'no'],
];

/** What an event stream is made of. */
export interface EventStreamOptions {
  readonly isWelcome: () => boolean | Promise<boolean>;
  /** Told when the stream is cut off because its reader takes nothing. */
  readonly tooSlow: () => void;
  /** Gets what is thrown where nobody waits for it; the connection is closed. */
  readonly failed: FaultHandler;
  /** How long that may go on, in milliseconds. @default 30000 */
  readonly patienceMs?: number;
}

/**
 * Sends results as server-sent events, one at a time: the next is asked for when the reader has taken the last one, so that
 * a slow reader costs the bytes of one event here.
 *
 * @see https://github.com/graphql/graphql-over-http/blob/main/rfcs/GraphQLOverSSE.md#distinct-connections-mode
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export class EventStream implements Stream {
  readonly #response: ServerResponse;
  readonly #options: EventStreamOptions;
  /** Since when the reader owes us a sign that it reads. */
  #waitingSince: number | undefined;

  /** Begins the response. */
  constructor(response: ServerResponse, common: CommonHeaders, options: EventStreamOptions) {
    this.#response = response;
    this.#options = options;
    response.writeHead(200, [...common, ...HEADERS]);
    // Some browsers show a response to a page only when it has a byte of body.
    response.write(':\n\n');
  }

  /**
   * Comes back when the results have ended, or the stream has.
   *
   * @param results texts of JSON
   */
  async send(results: AsyncIterator<string>): Promise<void> {
    let hasLeft = false;
    const leave = () => {
      if (hasLeft) return;
      hasLeft = true;
      const returned = results.return?.();
      if (returned !== undefined) inBackground(returned, this.#failed);
    };
    const stay = onceClosed(this.#response, leave);
    try {
      for (;;) {
        const { done, value } = await results.next();
        if (this.#isOver) break;
        if (done) {
          this.#response.end('event: complete\ndata:\n\n');
          break;
        }
        await this.#write(`event: next\ndata: ${value}\n\n`);
      }
    } finally {
      stay();
      leave();
    }
  }

  isWelcome(): boolean | Promise<boolean> {
    return this.#options.isWelcome();
  }

  beat(): void {
    if (this.#isOver) return;
    if (this.#waitingSince === undefined) {
      inBackground(this.#write(':\n\n'), this.#failed);
      return;
    }
    if (performance.now() - this.#waitingSince < (this.#options.patienceMs ?? PATIENCE_MS)) return;
    this.#options.tooSlow();
    this.#response.destroy();
  }

  /** Without the event that says that nothing is to come, so that clients connect again. */
  end(): void {
    if (!this.#isOver) this.#response.end();
  }

  get #isOver(): boolean {
    return this.#response.writableEnded || this.#response.destroyed;
  }

  readonly #failed = (error: unknown) => {
    this.#options.failed(error);
    this.#response.destroy();
  };

  /** Waits until the reader has taken it. */
  async #write(text: string): Promise<void> {
    if (this.#response.write(text)) return;
    this.#waitingSince ??= performance.now();
    await new Promise<void>((resolve) => {
      const taken = () => {
        this.#response.off('drain', taken);
        stopWaiting();
        resolve();
      };
      this.#response.once('drain', taken);
      const stopWaiting = onceClosed(this.#response, resolve);
    });
    this.#waitingSince = undefined;
  }
}
