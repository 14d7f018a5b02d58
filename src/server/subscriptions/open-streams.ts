import { type FaultHandler, guarded } from '../../guarded.ts';
import { ConcurrencyLimit } from './concurrency-limit.ts';

/** Interval of heartbeats, in milliseconds: proxies cut off a connection that is silent for a minute, some for less. */
const HEARTBEAT_MS = 12_000;

/** Subscriptions of one client at a time, over every transport. Each costs up to 43 kB, so that this is 86 MB. */
export const MAX_SUBSCRIPTIONS = 2000;

/** Why the gateway ends a stream: it shuts down, the caller's credential is not valid any more, or it failed unexpectedly. */
export type StreamEnd = 'restart' | 'expired' | 'failed';

/** An open stream or WebSocket. */
export interface Stream {
  /** Sends a heartbeat, and ends itself if nobody is at the other end. */
  heartbeat(): void;
  /** Ends it in a way that makes clients subscribe again: at another replica, or with another credential. */
  end(why: StreamEnd): void;
}

/** All streams of a gateway. */
export class OpenStreams {
  readonly subscriptions = new ConcurrencyLimit(MAX_SUBSCRIPTIONS);
  readonly #streams = new Map<Stream, () => boolean | Promise<boolean>>();
  readonly #failed: FaultHandler;
  readonly #heartbeatMs: number;
  #timer: NodeJS.Timeout | undefined;
  #hasEnded = false;

  /**
   * @internal
   * @param failed gets what a stream throws; that stream is ended
   * @param heartbeatMs interval of heartbeats
   */
  constructor(failed: FaultHandler, heartbeatMs: number = HEARTBEAT_MS) {
    this.#failed = failed;
    this.#heartbeatMs = heartbeatMs;
  }

  /** @param isAuthorized whether its credential is still valid @returns what is to be called when the stream has ended */
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

  /** Ends those that are open, and those that begin from now on. */
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
