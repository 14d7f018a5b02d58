import { ApolloLink } from '@apollo/client/link';
import { type Client, createClient, type SubscribePayload } from 'graphql-ws/client';
import { Observable } from 'rxjs';
import { connection } from './connection.ts';
import { credentialHeaders, onCredential } from './credentials.ts';
import { idOf } from './document-id.ts';
import { ENDPOINT } from './http-link.ts';

/** Between two tries to connect again, at most: people look on. */
const MAX_WAIT_MS = 10_000;

/** Close codes after which trying again with the same credential is in vain. */
const REFUSED = new Set([4400, 4401, 4403, 4406]);

const isClose = (event: unknown): event is CloseEvent =>
  typeof event === 'object' && event !== null && 'code' in event;

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
    shouldRetry: (event) => !(isClose(event) && REFUSED.has(event.code)),
    retryWait: (tries) =>
      new Promise((resolve) =>
        setTimeout(resolve, Math.min(MAX_WAIT_MS, 500 * 2 ** tries) * (0.5 + Math.random() / 2)),
      ),
    on: {
      connected: () => connection.connected(),
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

/** Subscriptions by WebSocket, by their ids. The protocol wants a text, so there is an empty one. */
export const liveLink = new ApolloLink(
  ({ query, variables, operationName }) =>
    new Observable((observer) => {
      const payload: SubscribePayload & { documentId: string } = {
        query: '',
        documentId: idOf(query),
        variables,
        operationName: operationName ?? null,
      };
      return client.subscribe(payload, {
        next: (result) => observer.next(result as ApolloLink.Result),
        error: (error) => observer.error(error),
        complete: () => observer.complete(),
      });
    }),
);
