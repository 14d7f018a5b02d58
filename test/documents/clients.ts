import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { relayStylePagination } from '@apollo/client/utilities';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { Client, fetchExchange, makeOperation, mapExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import type { DocumentNode } from 'graphql';

/** Id of an operation, which codegen wrote into the document. */
export function idOf(document: DocumentNode): string {
  const { __meta__ } = document as DocumentNode & { readonly __meta__?: { readonly hash: string } };
  if (__meta__ === undefined) throw new Error('this document was not generated, so it has no id');
  return __meta__.hash;
}

/** Apollo Client that sends ids. */
export function createApollo(uri: string, useGETForHashedQueries: boolean): ApolloClient {
  const fields = { customizedVoiceJobs: relayStylePagination(['type']) };
  const cache = new InMemoryCache({ typePolicies: { Query: { fields } } });
  const ids = new PersistedQueryLink({ generateHash: idOf, useGETForHashedQueries });
  return new ApolloClient({ cache, link: ids.concat(new HttpLink({ uri })), devtools: { enabled: false } });
}

/** urql that sends ids. The text is only removed from the request, because the cache needs it. */
export function createUrql(url: string, preferGetMethod: boolean): Client {
  const cache = cacheExchange({
    resolvers: { Query: { customizedVoiceJobs: relayPagination({ mergeMode: 'outwards' }) } },
  });
  const ids = mapExchange({
    onOperation: (operation) => {
      const query = { ...operation.query, definitions: [], documentId: idOf(operation.query) };
      return makeOperation(operation.kind, { ...operation, query });
    },
  });
  return new Client({ url, preferGetMethod, exchanges: [cache, ids, fetchExchange] });
}

/** One operation by its id. */
export async function ask<R, V>(url: string, document: TypedDocumentNode<R, V>, variables: V): Promise<R> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ documentId: idOf(document), variables }),
  });
  const { data, errors } = (await response.json()) as { data: R; errors?: { message: string }[] };
  if (errors?.[0]) throw new Error(errors[0].message);
  return data;
}
