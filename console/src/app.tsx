import { ApolloProvider } from '@apollo/client/react';
import { NuqsAdapter } from 'nuqs/adapters/react';
import { apollo } from './client/apollo.ts';
import { ErrorBoundary } from './notices/error-boundary.tsx';
import { Shell } from './shell/shell.tsx';

/** The console: a single page, whose state is in its address. */
export function App() {
  return (
    <ErrorBoundary>
      <ApolloProvider client={apollo}>
        <NuqsAdapter>
          <Shell />
        </NuqsAdapter>
      </ApolloProvider>
    </ErrorBoundary>
  );
}
