import { InMemoryCache, type TypePolicies } from '@apollo/client/cache';
import { ApolloClient } from '@apollo/client/core';
import { ApolloLink } from '@apollo/client/link';
import { OperationTypeNode } from 'graphql';
import { httpLink } from './http-link.ts';
import { subscriptionLink } from './subscription-link.ts';

const typePolicies: TypePolicies = {
  CustomizedVoiceJob: {
    // The API sends it for listed jobs only: a job that is read by its id must not lose it.
    fields: { gmtCreate: { merge: (cached, received) => received ?? cached ?? null } },
  },
  // The API sends it for listed voices only.
  CustomizedVoice: { fields: { type: { merge: (cached, received) => received ?? cached ?? null } } },
  Query: {
    fields: {
      // The tables keep the order of rows; the cache keeps the objects, and only the last page.
      customizedVoiceJobs: { keyArgs: false, merge: false },
      customizedVoices: { keyArgs: false, merge: false },
      searchCustomizedVoiceJobs: { keyArgs: false, merge: false },
      // A listed job is shown at once while it is fetched again.
      node: (cached, { args, toReference }) =>
        cached === undefined ? toReference({ __typename: 'CustomizedVoiceJob', id: args?.id }) : cached,
    },
  },
};

/**
 * Apollo Client: queries over HTTP, subscriptions over one WebSocket, both by document id. Objects are cached by their
 * global ids.
 */
export const apollo = new ApolloClient({
  cache: new InMemoryCache({ typePolicies }),
  link: ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    subscriptionLink,
    httpLink,
  ),
  devtools: { enabled: false },
});
