import { InMemoryCache, type TypePolicies } from '@apollo/client/cache';
import { ApolloClient } from '@apollo/client/core';
import { ApolloLink } from '@apollo/client/link';
import { OperationTypeNode } from 'graphql';
import { httpLink } from './http-link.ts';
import { liveLink } from './live-link.ts';

const typePolicies: TypePolicies = {
  CustomizedVoiceJob: {
    // Known of listed jobs only: a job that is read by its id must not lose it.
    fields: { gmtCreate: { merge: (known, told) => told ?? known ?? null } },
  },
  // The same of a voice.
  CustomizedVoice: { fields: { type: { merge: (known, told) => told ?? known ?? null } } },
  Query: {
    fields: {
      // The order of rows is kept by the tables' lists; the cache keeps the objects themselves, and the last page alone.
      customizedVoiceJobs: { keyArgs: false, merge: false },
      customizedVoices: { keyArgs: false, merge: false },
      searchCustomizedVoiceJobs: { keyArgs: false, merge: false },
      // A job that came with a list is shown at once, and read again meanwhile.
      node: (known, { args, toReference }) =>
        known === undefined ? toReference({ __typename: 'CustomizedVoiceJob', id: args?.id }) : known,
    },
  },
};

/** Queries by HTTP, subscriptions by one WebSocket, both by documents' ids. Jobs are cached by their global ids. */
export const apollo = new ApolloClient({
  cache: new InMemoryCache({ typePolicies }),
  link: ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    liveLink,
    httpLink,
  ),
  devtools: { enabled: false },
});
