import { type FaultHandler, guarded } from '../../guarded.ts';
import { ConcurrencyLimit } from './concurrency-limit.ts';

/** Interval of heartbeats, in milliseconds. Proxies close a connection that is silent for a minute, some even sooner. */
const HEARTBEAT_MS = 12_000;

/** Maximum number of subscriptions per client over all transports. Each costs up to 43 kB, so 86 MB in all. */
export const MAX_SUBSCRIPTIONS = 2000;

/**
 * Why the gateway ends a stream: `restart` at shutdown, `expired` when the credential is no longer valid, `failed` after an
 * unexpected error.
 */
export type StreamEnd = 'restart' | 'expired' | 'failed';

/** An open HTTP stream or WebSocket. */
export interface Stream {
  /** Sends a heartbeat; closes the stream if the client does not respond or read. */
  heartbeat(): void;
  /** Ends the stream so that clients subscribe again: at another replica, or with another credential. */
  end(why: StreamEnd): void;
}

/** All open streams of a gateway. */
export class OpenStreams {
  readonly subscriptions = new ConcurrencyLimit(MAX_SUBSCRIPTIONS);
  readonly #streams = new Map<Stream, () => boolean | Promise<boolean>>();
  readonly #failed: FaultHandler;
  readonly #heartbeatMs: number;
  #timer: NodeJS.Timeout | undefined;
  #hasEnded = false;

  /**
   * @internal
   * @param failed receives errors thrown by a stream; that stream is ended
   * @param heartbeatMs interval of heartbeats
   */
  constructor(failed: FaultHandler, heartbeatMs: number = HEARTBEAT_MS) {
    this.#failed = failed;
    this.#heartbeatMs = heartbeatMs;
  }

  /**
   * @param isAuthorized whether the stream's credential is still valid
   * @returns call it when the stream has ended
   */
  add(stream: Stream, isAuthorized: () => boolean | Promise<boolean>): () => void {
    this.#streams.set(stream, isAuthorized);
    if (this.#hasEnded) stream.end('restart');
    this.#timer ??= setInterval(
      guarded(() => {
        for (const [stream, isAuthorized] of this.#streams) this.#check(stream, isAuthorized);
      }, this.#failed),
      this.#heartbeatMs,
    );
    return () => {
      this.#streams.delete(stream);
      if (this.#streams.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }

  /** Ends all open streams, and every stream added later. */
  end(): void {
    this.#hasEnded = true;
    for (const stream of this.#streams.keys()) stream.end('restart');
  }

  #check(stream: Stream, isAuthorized: () => boolean | Promise<boolean>): void {
    const check = async () => {
      stream.heartbeat();
      if (!(await isAuthorized())) stream.end('expired');
    };
    guarded(check, (error) => {
      this.#failed(error);
      stream.end('failed');
    })();
  }
}
