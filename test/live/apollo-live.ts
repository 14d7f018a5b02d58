import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';

/** Close codes for a missing, wrong or expired credential, with which reconnecting is pointless. */
const REJECTED = new Set([4401, 4403]);

/** Apollo Client with queries over HTTP and subscriptions over WebSocket. */
export function createApollo(url: string, credentials: Record<string, string> = {}): ApolloClient {
  const webSocket = createClient({
    url: url.replace(/^http/, 'ws'),
    // Pages cannot set headers for a WebSocket.
    connectionParams: credentials,
    // Retries while there are subscribers: each connection starts with the current state. Otherwise the error of the
    // subscription is the reason for the close.
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: (event) => !(isCloseEvent(event) && REJECTED.has(event.code)),
  });
  const http = new HttpLink({ uri: url, headers: credentials });
  return new ApolloClient({
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(webSocket),
      http,
    ),
    cache: new InMemoryCache(),
    devtools: { enabled: false },
  });
}

/** graphql-ws also asks about network errors, which have no code. */
function isCloseEvent(event: unknown): event is { readonly code: number; readonly reason: string } {
  return typeof event === 'object' && event !== null && 'code' in event && 'reason' in event;
}
