import type { Redis } from 'ioredis';
import { type FaultHandler, guarded, inBackground } from '../guarded.ts';
import type { RedisTarget } from './redis-client.ts';
import { openSubscriber } from './redis-client.ts';

/** Receives messages; undefined when it starts to receive, which means that earlier messages may be lost. */
export type MessageListener = (message: string | undefined) => void;

/** Pause before a reconnect, in milliseconds. */
const RECONNECT_MS = 250;

/** Interval of PING, in milliseconds. */
const PING_MS = 2000;

/** Channel subscriptions over one connection, which is opened with the first subscription and reconnects. */
export class Subscriptions {
  readonly #target: RedisTarget;
  readonly #failed: FaultHandler;
  readonly #listeners = new Map<string, Set<MessageListener>>();
  /** Channels that Redis confirmed on the current connection. */
  readonly #confirmed = new Set<string>();
  #subscriber: Redis | undefined;
  #isOpening = false;
  #attempts = 0;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  readonly #rejected: (error: Error) => void;

  /**
   * @param failed receives errors of listeners
   * @param rejected receives the error reply to a rejected subscription
   */
  constructor(target: RedisTarget, failed: FaultHandler, rejected: (error: Error) => void) {
    this.#rejected = rejected;
    this.#target = target;
    this.#failed = failed;
  }

  /** Subscribes to a channel. @returns a function that unsubscribes */
  add(channel: string, listener: MessageListener): () => void {
    const listeners = this.#listeners.get(channel) ?? new Set();
    listeners.add(listener);
    if (this.#confirmed.has(channel))
      queueMicrotask(guarded(() => listeners.has(listener) && listener(undefined), this.#failed));
    else if (!this.#listeners.has(channel)) this.#subscribe([channel]);
    this.#listeners.set(channel, listeners);
    if (this.#subscriber === undefined) inBackground(this.#open(), this.#failed);
    return () => {
      if (!listeners.delete(listener) || listeners.size > 0) return;
      this.#listeners.delete(channel);
      this.#confirmed.delete(channel);
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
    // The connection for commands logs the error.
    subscriber.on('error', () => {});
    const onMessage = (channel: string, message: string) => this.#deliver(channel, message);
    subscriber.on('message', guarded(onMessage, this.#failed));
    const onReady = guarded(() => {
      this.#subscribe([...this.#listeners.keys()]);
      this.#pingLater();
    }, this.#failed);
    subscriber.once('ready', onReady);
    const onEnd = guarded(() => this.#ended(), this.#failed);
    subscriber.once('end', onEnd);
    if (this.#isClosed) subscriber.disconnect();
  }

  #ended(): void {
    this.#subscriber = undefined;
    this.#confirmed.clear();
    clearTimeout(this.#timer);
    const reopen = guarded(() => this.#open(), this.#failed);
    if (!this.#isClosed && this.#listeners.size > 0) this.#timer = setTimeout(reopen, RECONNECT_MS);
  }

  #subscribe(channels: readonly string[]): void {
    const subscriber = this.#subscriber;
    if (subscriber?.status !== 'ready' || channels.length === 0) return;
    const confirmed = () => {
      for (const channel of channels) {
        if (subscriber !== this.#subscriber || !this.#listeners.has(channel)) continue;
        this.#confirmed.add(channel);
        this.#deliver(channel, undefined);
      }
    };
    const subscribed = subscriber.subscribe(...channels).then(confirmed, (error: Error) => {
      if (error.name === 'ReplyError') this.#rejected(error);
      subscriber.disconnect();
    });
    inBackground(subscribed, this.#failed);
  }

  #deliver(channel: string, message: string | undefined): void {
    for (const listener of this.#listeners.get(channel) ?? []) guarded(listener, this.#failed)(message);
  }

  /** Sends PING periodically: without a reply, the socket timeout ends the connection. */
  #pingLater(): void {
    const ping = () => {
      this.#subscriber?.ping().catch(() => undefined);
      this.#pingLater();
    };
    this.#timer = setTimeout(guarded(ping, this.#failed), PING_MS);
  }
}
