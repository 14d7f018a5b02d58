import { type FaultHandler, guarded } from '../../guarded.ts';
import { Tally } from './concurrency-limit.ts';

/** How often something is sent on a stream on which nothing else is, in milliseconds: proxies cut off what is silent for a minute, some for less. */
const BEAT_MS = 12_000;

/**
 * Subscriptions of one client at a time, whatever way they come. Each costs up to 43 kB, so that this is 86 MB; a page that
 * shows every running job of a large account is far below, and a client that forgets to close them meets it before the
 * memory ends.
 */
export const MAX_SUBSCRIPTIONS = 2000;

/** Why the gateway ends a stream: it shuts down, the caller's credential is not valid any more, or it failed unexpectedly. */
export type StreamEnd = 'restart' | 'expired' | 'failed';

/** Something that goes on until its client or the gateway ends it. */
export interface Stream {
  /** Whether its caller would still be let in: a token has an end. */
  isAuthorized(): boolean | Promise<boolean>;
  /** Shows that it lives, and ends itself if nobody is at the other end. */
  beat(): void;
  /** Ends it in a way that makes clients come again: to another replica, or with another credential. */
  end(why: StreamEnd): void;
}

/** All streams of a gateway. */
export class OpenStreams {
  readonly subscriptions = new Tally(MAX_SUBSCRIPTIONS);
  readonly #streams = new Set<Stream>();
  readonly #failed: FaultHandler;
  readonly #beatMs: number;
  #timer: NodeJS.Timeout | undefined;
  #hasEnded = false;

  /**
   * @param failed gets what a stream throws when it is looked at; that stream is ended
   * @param beatMs how often streams show that they live
   */
  constructor(failed: FaultHandler, beatMs: number = BEAT_MS) {
    this.#failed = failed;
    this.#beatMs = beatMs;
  }

  /** One begins. @returns what is to be called when it has ended */
  add(stream: Stream): () => void {
    this.#streams.add(stream);
    if (this.#hasEnded) stream.end('restart');
    this.#timer ??= setInterval(
      guarded(() => this.#beat(), this.#failed),
      this.#beatMs,
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
    for (const stream of this.#streams) stream.end('restart');
  }

  #beat(): void {
    for (const stream of this.#streams) this.#look(stream);
  }

  #look(stream: Stream): void {
    const look = async () => {
      stream.beat();
      if (!(await stream.isAuthorized())) stream.end('expired');
    };
    guarded(look, (error) => {
      this.#failed(error);
      stream.end('failed');
    })();
  }
}
