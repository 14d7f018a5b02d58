import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client';
import { ApolloProvider } from '@apollo/client/react';
import { relayStylePagination } from '@apollo/client/utilities';
import { createRoot } from 'react-dom/client';
import { VoiceJobs } from './voice-jobs';

// One list for each type, and one for each filter, to which every page is added.
const fields = {
  customizedVoiceJobs: relayStylePagination(['type']),
  searchCustomizedVoiceJobs: relayStylePagination(['filter', 'type']),
};
const cache = new InMemoryCache({ typePolicies: { Query: { fields } } });
const client = new ApolloClient({ cache, link: new HttpLink({ uri: '/graphql' }) });

createRoot(document.getElementById('root') as HTMLElement).render(
  <ApolloProvider client={client}>
    <VoiceJobs />
  </ApolloProvider>,
);
