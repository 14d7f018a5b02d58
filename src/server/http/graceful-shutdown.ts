import type { Server } from 'node:http';

/** Counts running requests and waits for them at shutdown. */
export class GracefulShutdown {
  #running = 0;
  #hasBegun = false;
  #idle: (() => void) | undefined;

  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Call when a request begins; call {@link leave} when its response ends. */
  enter(): void {
    this.#running++;
  }

  leave(): void {
    this.#running--;
    if (this.#running === 0) this.#idle?.();
  }

  /**
   * Stops a server gracefully. Running requests may finish within `gracePeriodMs`; then every connection is closed. The
   * socket keeps listening until then, so that new requests get 503 instead of a refused connection.
   */
  async stop(server: Server, gracePeriodMs: number): Promise<void> {
    this.#hasBegun = true;
    if (this.#running > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#idle = resolve;
      const timer = setTimeout(resolve, gracePeriodMs);
      await promise;
      clearTimeout(timer);
    }
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }
}
