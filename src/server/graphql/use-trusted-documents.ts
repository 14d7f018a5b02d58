import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { withDocument } from './document-id.ts';
import type { TrustedDocuments } from './documents.ts';

/** Puts the text in place of the id before yoga looks at a request, whatever way it came; refuses what is not trusted. */
export function useTrustedDocuments(trusted: TrustedDocuments): Plugin {
  return {
    onParams({ params, request, setParams }) {
      // What is no object, yoga refuses by itself.
      if (typeof params !== 'object' || params === null) return;
      // Of a URL yoga reads what it knows.
      const given = request.method === 'GET' ? { ...params, documentId: idIn(request.url) } : { ...params };
      const read = withDocument(given, trusted);
      if (read instanceof GraphQLError) throw read;
      setParams(read);
    },
  };
}

function idIn(url: string): string | undefined {
  return new URLSearchParams(url.slice(url.indexOf('?') + 1)).get('documentId') ?? undefined;
}
