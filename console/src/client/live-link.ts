import { ApolloLink } from '@apollo/client/link';
import { type Client, createClient, type SubscribePayload } from 'graphql-ws/client';
import { Observable } from 'rxjs';
import { connection } from './connection.ts';
import { credentialHeaders, onCredential } from './credentials.ts';
import { idOf } from './document-id.ts';
import { ENDPOINT } from './endpoint.ts';
import { subscribeByEvents } from './event-streams.ts';

/** Between two tries to connect again, at most: people look on. */
const MAX_WAIT_MS = 10_000;

/** Close codes after which trying again with the same credential is in vain. */
const REFUSED = new Set([4400, 4401, 4403, 4406]);

const isClose = (event: unknown): event is CloseEvent =>
  typeof event === 'object' && event !== null && 'code' in event;

/** How subscriptions begin at present. */
let way: 'socket' | 'events' = 'socket';

/** Whether any WebSocket of this page has opened: then no proxy is in its way. */
let hasConnected = false;

/** Close code of a WebSocket that ended without a close frame, as one does that never opened. */
const ABNORMAL = 1006;

/** Whether this is the end of a WebSocket that never opened: an `error` event comes first, which has no code. */
const isBlocked = (event: unknown): boolean =>
  !hasConnected && (isClose(event) ? event.code === ABNORMAL : event instanceof Event);

/**
 * One socket for all subscriptions, open as long as there are any. After a lost connection it is made again, and the
 * gateway tells the present state first, so nothing final is missed. A credential that is refused ends all subscriptions.
 */
function connect(): Client {
  return createClient({
    url: ENDPOINT.href.replace(/^http/, 'ws'),
    // Pages cannot set headers for a WebSocket.
    connectionParams: credentialHeaders,
    // Moving from one row to the next must not cost a connection each time.
    lazyCloseTimeout: 5000,
    keepAlive: 12_000,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: (event) => !(isClose(event) && REFUSED.has(event.code)) && !isBlocked(event),
    retryWait: (tries) => new Promise((resolve) => setTimeout(resolve, waitMs(tries))),
    on: {
      connected() {
        hasConnected = true;
        connection.connected();
      },
      closed: (event) => connection.closed(isClose(event) && event.wasClean && event.code === 1000),
      error: () => connection.closed(false),
    },
  });
}

let client = connect();

onCredential(() => {
  void client.dispose();
  client = connect();
});

/** How long to wait before the next attempt, in milliseconds: twice as long after each, at random so that pages do not come at once. */
const waitMs = (tries: number) => Math.min(MAX_WAIT_MS, 500 * 2 ** tries) * (0.5 + Math.random() / 2);

/**
 * Subscriptions by their ids, over one WebSocket. A WebSocket that never opens may be blocked by a proxy, or rejected by the
 * gateway because a proxy does not pass the `Host` of the page; then they go by server-sent events, for which neither
 * matters. Where these fail as well, the gateway is away, and the next attempt is a WebSocket again.
 */
export const liveLink = new ApolloLink(
  ({ query, variables, operationName }) =>
    new Observable((observer) => {
      const operation = { documentId: idOf(query), variables, operationName: operationName ?? null };
      let failures = 0;
      let timer: ReturnType<typeof setTimeout> | undefined;
      let end = () => {};
      const sink = {
        next(result: unknown) {
          failures = 0;
          observer.next(result as ApolloLink.Result);
        },
        complete: () => observer.complete(),
      };
      const bySocket = (): (() => void) => {
        // The protocol wants a text, so there is an empty one.
        const payload: SubscribePayload & { documentId: string } = { query: '', ...operation };
        return client.subscribe(payload, {
          ...sink,
          error(error) {
            if (!isBlocked(error)) return observer.error(error);
            way = 'events';
            begin();
          },
        });
      };
      const byEvents = (): (() => void) =>
        subscribeByEvents(operation, {
          ...sink,
          error: (error) => observer.error(error),
          lost() {
            way = 'socket';
            timer = setTimeout(begin, waitMs(failures++));
          },
        });
      const begin = () => {
        end = way === 'socket' ? bySocket() : byEvents();
      };
      begin();
      return () => {
        clearTimeout(timer);
        end();
      };
    }),
);
