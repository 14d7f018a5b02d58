import type { Server } from 'node:http';

/** Counts what is being answered, so that a shutdown can wait for it. */
export class Drain {
  #running = 0;
  #draining = false;
  #idle: (() => void) | undefined;

  get draining(): boolean {
    return this.#draining;
  }

  /** A request begins; {@link leave} is to follow when its answer ends. */
  enter(): void {
    this.#running++;
  }

  leave(): void {
    this.#running--;
    if (this.#running === 0) this.#idle?.();
  }

  /**
   * Ends a server: from now on it is draining, what runs may finish within `patienceMs`, then every connection is closed.
   * The socket keeps listening until then, so that new requests are told instead of left without an answer.
   */
  async stop(server: Server, patienceMs: number): Promise<void> {
    this.#draining = true;
    if (this.#running > 0) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
        timer = setTimeout(resolve, patienceMs);
      });
      clearTimeout(timer);
    }
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }
}
