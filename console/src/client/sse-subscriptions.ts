import { ServerError } from '@apollo/client/errors';
import type { ApolloLink } from '@apollo/client/link';
import { connection } from './connection.ts';
import { credentialHeaders, onCredential } from './credentials.ts';
import { ENDPOINT } from './endpoint.ts';

/** Receiver of a subscription's results. */
export interface Sink {
  next(result: ApolloLink.Result): void;
  error(error: unknown): void;
  complete(): void;
  /** The connection failed or was lost: the caller should subscribe again. */
  lost(): void;
}

interface Subscription {
  readonly payload: object;
  readonly sink: Sink;
  leaving: AbortController;
}

/**
 * Time in milliseconds after which a stream makes room for a waiting one. A new stream begins with the current status,
 * so nothing final is missed.
 */
const ROTATION_MS = 5000;

const waiting: Subscription[] = [];
const running = new Set<Subscription>();

/**
 * Maximum number of concurrent streams. Over HTTP/1.1 a browser opens six connections to a host, and queries need some
 * of them; over HTTP/2 all requests share one connection.
 */
function maxStreams(): number {
  const [page] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  return /^h[23]/.test(page?.nextHopProtocol ?? '') ? 80 : 4;
}

/**
 * Subscribes by server-sent events, for proxies that block WebSockets. When there are more subscriptions than streams,
 * they rotate.
 *
 * @returns a function that unsubscribes
 */
export function subscribeBySse(payload: object, sink: Sink): () => void {
  const subscription = { payload, sink, leaving: new AbortController() };
  // In front of the queue: it is usually the job that the user has just opened.
  waiting.unshift(subscription);
  fill();
  return () => leave(subscription);
}

/**
 * All subscriptions end when the credential changes, as they do on the WebSocket. Components that still need them
 * subscribe again.
 */
onCredential(() => {
  for (const subscription of [...waiting, ...running]) {
    leave(subscription);
    subscription.sink.complete();
  }
});

function fill(): void {
  while (waiting.length > 0 && running.size < maxStreams()) {
    const subscription = waiting.shift() as Subscription;
    subscription.leaving = new AbortController();
    running.add(subscription);
    read(subscription).catch((error) => {
      if (leave(subscription)) subscription.sink.error(error);
    });
  }
}

/** Ends a stream. @returns false when it had already ended */
function leave(subscription: Subscription): boolean {
  const index = waiting.indexOf(subscription);
  if (index !== -1) waiting.splice(index, 1);
  const wasRunning = running.delete(subscription);
  if (wasRunning) {
    subscription.leaving.abort();
    fill();
    if (running.size === 0) connection.closed(true);
  }
  return wasRunning || index !== -1;
}

async function read(subscription: Subscription): Promise<void> {
  const { payload, sink } = subscription;
  const { signal } = subscription.leaving;
  const lost = () => {
    if (signal.aborted) return;
    leave(subscription);
    connection.closed(false);
    sink.lost();
  };
  const response = await fetch(ENDPOINT, {
    method: 'POST',
    headers: { accept: 'text/event-stream', 'content-type': 'application/json', ...credentialHeaders() },
    body: JSON.stringify(payload),
    signal,
  }).catch(() => undefined);
  if (response === undefined || response.body === null || response.status >= 500) return lost();
  if (!response.ok) {
    const bodyText = await response.text();
    throw new ServerError(`HTTP status ${response.status}`, { response, bodyText });
  }
  connection.connected();
  rotate(subscription, signal);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }));
    if (signal.aborted) return;
    if (done) return lost();
    const events = (text + value).split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      if (event.startsWith('event: next')) sink.next(JSON.parse(event.slice(event.indexOf('{'))));
      if (!event.startsWith('event: complete')) continue;
      leave(subscription);
      sink.complete();
      return;
    }
  }
}

/** Closes the stream when others are waiting, and moves its subscription to the end of the queue. */
function rotate(subscription: Subscription, signal: AbortSignal): void {
  const timer = setInterval(() => {
    if (waiting.length === 0) return;
    running.delete(subscription);
    subscription.leaving.abort();
    waiting.push(subscription);
    fill();
  }, ROTATION_MS);
  signal.addEventListener('abort', () => clearInterval(timer));
}
