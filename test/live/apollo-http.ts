import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client';

/** Apollo Client with queries and subscriptions over HTTP. */
export function createApolloOverHttp(url: string, credentials: Record<string, string> = {}): ApolloClient {
  return new ApolloClient({
    link: new HttpLink({ uri: url, headers: credentials }),
    cache: new InMemoryCache(),
    devtools: { enabled: false },
  });
}
