import { ApolloLink } from '@apollo/client/link';
import { type Client, createClient, type SubscribePayload } from 'graphql-ws/client';
import { Observable } from 'rxjs';
import { connection } from './connection.ts';
import { credentialHeaders, onCredential } from './credentials.ts';
import { idOf } from './document-id.ts';
import { ENDPOINT } from './endpoint.ts';
import { subscribeBySse } from './sse-subscriptions.ts';

/** Maximum delay between two connection attempts, in milliseconds. */
const MAX_WAIT_MS = 10_000;

/** Close codes after which reconnecting with the same credential cannot succeed. */
const REFUSED = new Set([4400, 4401, 4403, 4406]);

const isClose = (event: unknown): event is CloseEvent =>
  typeof event === 'object' && event !== null && 'code' in event;

/** Transport of new subscriptions. */
let way: 'socket' | 'events' = 'socket';

/** Whether any WebSocket of this page has opened, which proves that no proxy blocks them. */
let hasConnected = false;

/** Close code of a WebSocket that ended without a close frame, for example because it never opened. */
const ABNORMAL = 1006;

/** Whether the WebSocket never opened. Its `error` event comes first, without a code. */
const isBlocked = (event: unknown): boolean =>
  !hasConnected && (isClose(event) ? event.code === ABNORMAL : event instanceof Event);

/**
 * One WebSocket for all subscriptions, open while there are any. It reconnects after a lost connection; each
 * subscription then begins with the current status, so no final status is missed. A rejected credential ends all
 * subscriptions.
 */
function connect(): Client {
  return createClient({
    url: ENDPOINT.href.replace(/^http/, 'ws'),
    // Browsers cannot set headers for a WebSocket.
    connectionParams: credentialHeaders,
    // Closing a panel and opening the next must not reconnect each time.
    lazyCloseTimeout: 5000,
    keepAlive: 12_000,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: (event) => !(isClose(event) && REFUSED.has(event.code)) && !isBlocked(event),
    retryWait: (attempts) => new Promise((resolve) => setTimeout(resolve, waitMs(attempts))),
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

/**
 * Delay before the next attempt in milliseconds: exponential backoff with jitter, so that pages do not reconnect at the
 * same time.
 */
const waitMs = (attempts: number) => Math.min(MAX_WAIT_MS, 500 * 2 ** attempts) * (0.5 + Math.random() / 2);

/**
 * Sends subscriptions by document id over one WebSocket. When a WebSocket never opens, a proxy may block it, or the
 * gateway rejects its origin because a proxy does not forward `Host`; then subscriptions use server-sent events, which
 * neither affects. When these fail as well, the gateway is down, and the next attempt is a WebSocket again.
 */
export const subscriptionLink = new ApolloLink(
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
      const overWebSocket = (): (() => void) => {
        // The protocol requires a query text, so it is empty.
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
      const overSse = (): (() => void) =>
        subscribeBySse(operation, {
          ...sink,
          error: (error) => observer.error(error),
          lost() {
            way = 'socket';
            timer = setTimeout(begin, waitMs(failures++));
          },
        });
      const begin = () => {
        end = way === 'socket' ? overWebSocket() : overSse();
      };
      begin();
      return () => {
        clearTimeout(timer);
        end();
      };
    }),
);
