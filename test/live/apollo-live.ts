import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';

/** Apollo Client with queries over HTTP and subscriptions over WebSocket. */
export function createApollo(url: string, apiKey?: string): ApolloClient {
  const webSocket = createClient({
    url: url.replace(/^http/, 'ws'),
    // Pages cannot set headers for a WebSocket.
    connectionParams: apiKey === undefined ? {} : { 'x-api-key': apiKey },
    // As long as somebody looks on, whatever went wrong: after each connection the present state comes first.
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
  });
  const http = new HttpLink({ uri: url, headers: apiKey === undefined ? {} : { 'x-api-key': apiKey } });
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
