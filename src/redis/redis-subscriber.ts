import type { Redis } from 'ioredis';
import { type FaultHandler, guarded, inBackground } from '../guarded.ts';
import { openSubscriber } from './redis-client.ts';
import type { RedisTarget } from './redis-url.ts';

/** Takes a message; undefined says that it hears from now on, and may have missed what was said before. */
export type Hear = (message: string | undefined) => void;

/** Pause before the next attempt to connect, in milliseconds. */
const RECONNECT_MS = 250;

/** How often a connection on which nobody speaks is looked at, in milliseconds: a lost one is just as quiet. */
const LOOK_MS = 2000;

/** What is said on channels, over one connection that is opened when it is needed and comes back by itself. */
export class Subscriptions {
  readonly #target: RedisTarget;
  readonly #failed: FaultHandler;
  readonly #wanted = new Map<string, Set<Hear>>();
  /** Channels that Redis has confirmed on the present connection. */
  readonly #heard = new Set<string>();
  #subscriber: Redis | undefined;
  #isOpening = false;
  #attempts = 0;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  readonly #refused: (error: Error) => void;

  /**
   * @param failed gets what is thrown while a message is taken
   * @param refused gets the error with which Redis rejects a subscription
   */
  constructor(target: RedisTarget, failed: FaultHandler, refused: (error: Error) => void) {
    this.#refused = refused;
    this.#target = target;
    this.#failed = failed;
  }

  /** @returns what ends it */
  add(channel: string, hear: Hear): () => void {
    const hearers = this.#wanted.get(channel) ?? new Set();
    hearers.add(hear);
    if (this.#heard.has(channel))
      queueMicrotask(guarded(() => hearers.has(hear) && hear(undefined), this.#failed));
    else if (!this.#wanted.has(channel)) this.#listen([channel]);
    this.#wanted.set(channel, hearers);
    if (this.#subscriber === undefined) inBackground(this.#open(), this.#failed);
    return () => {
      if (!hearers.delete(hear) || hearers.size > 0) return;
      this.#wanted.delete(channel);
      this.#heard.delete(channel);
      this.#subscriber?.unsubscribe(channel).catch(() => undefined);
    };
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#subscriber?.disconnect();
  }

  async #open(): Promise<void> {
    if (this.#isOpening || this.#isClosed) return;
    this.#isOpening = true;
    clearTimeout(this.#timer);
    const { nodes } = this.#target;
    const node = nodes[this.#attempts++ % nodes.length] ?? nodes[0];
    const subscriber = await openSubscriber(this.#target, node);
    this.#isOpening = false;
    this.#subscriber = subscriber;
    // Why it ends is told by the connection for commands, which goes to the same place.
    subscriber.on('error', () => {});
    subscriber.on(
      'message',
      guarded((channel, message) => this.#tell(channel, message), this.#failed),
    );
    const begin = () => {
      this.#listen([...this.#wanted.keys()]);
      this.#look();
    };
    subscriber.once('ready', guarded(begin, this.#failed));
    subscriber.once(
      'end',
      guarded(() => this.#ended(), this.#failed),
    );
    if (this.#isClosed) subscriber.disconnect();
  }

  #ended(): void {
    this.#subscriber = undefined;
    this.#heard.clear();
    clearTimeout(this.#timer);
    if (!this.#isClosed && this.#wanted.size > 0)
      this.#timer = setTimeout(
        guarded(() => this.#open(), this.#failed),
        RECONNECT_MS,
      );
  }

  #listen(channels: readonly string[]): void {
    const subscriber = this.#subscriber;
    if (subscriber?.status !== 'ready' || channels.length === 0) return;
    const heard = () => {
      for (const channel of channels) {
        if (subscriber !== this.#subscriber || !this.#wanted.has(channel)) continue;
        this.#heard.add(channel);
        this.#tell(channel, undefined);
      }
    };
    const subscribed = subscriber.subscribe(...channels).then(heard, (error: Error) => {
      if (error.name === 'ReplyError') this.#refused(error);
      subscriber.disconnect();
    });
    inBackground(subscribed, this.#failed);
  }

  #tell(channel: string, message: string | undefined): void {
    for (const hear of this.#wanted.get(channel) ?? []) guarded(hear, this.#failed)(message);
  }

  /** A question without an answer ends the connection. */
  #look(): void {
    const look = () => {
      this.#subscriber?.ping().catch(() => undefined);
      this.#look();
    };
    this.#timer = setTimeout(guarded(look, this.#failed), LOOK_MS);
  }
}
