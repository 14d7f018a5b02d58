import type { Dispatcher } from 'undici';
import request from 'undici/lib/api/api-request.js';
import Pool from 'undici/lib/dispatcher/pool.js';

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

  request(options: Dispatcher.RequestOptions): Promise<Dispatcher.ResponseData> {
    return request.call(this.#pool, options);
  }

  /** Breaks off what is under way and closes every connection. */
  destroy(): Promise<void> {
    return this.#pool.destroy();
  }
}
