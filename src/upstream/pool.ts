import type { Dispatcher } from 'undici';
import Pool from 'undici/lib/dispatcher/pool.js';
import type { RawAnswer } from './answer.ts';
import { Exchange } from './exchange.ts';

/**
 * Kept-alive connections to one origin. undici's pool without the rest of undici: its index loads a browser's worth of
 * fetch, WebSocket and caches, 15 MB that nothing here uses.
 */
export class ConnectionPool {
  readonly #pool: Pool;

  /** @param origin scheme, host and port */
  constructor(origin: string, options: Pool.Options) {
    this.#pool = new Pool(origin, options);
  }

  /**
   * Sends a request.
   *
   * @param done gets the whole answer
   * @param failed gets undici's error where there is none
   * @returns what breaks it off
   */
  send(
    request: Dispatcher.DispatchOptions,
    done: (answer: RawAnswer) => void,
    failed: (error: unknown) => void,
  ): () => void {
    const exchange = new Exchange(done, failed);
    this.#pool.dispatch(request, exchange);
    return () => exchange.abort();
  }

  /** Breaks off what is under way and closes every connection. */
  destroy(): Promise<void> {
    return this.#pool.destroy();
  }
}
