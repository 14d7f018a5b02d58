import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { membersOf } from '../request-params.ts';
import type { TrustedDocuments } from '../trusted-documents.ts';

/** Gives yoga the members of a request as the fast path reads them, whatever way it came; rejects what is not trusted. */
export function useRequestMembers(trusted: TrustedDocuments): Plugin {
  return {
    onParams({ params, request, setParams }) {
      // What is no object, yoga refuses by itself.
      if (typeof params !== 'object' || params === null || Array.isArray(params)) return;
      // Of a URL yoga reads what it knows.
      const documentId = new URL(request.url).searchParams.get('documentId') ?? undefined;
      const given = request.method === 'GET' ? { ...params, documentId } : { ...params };
      const members = membersOf(given, trusted);
      if (members instanceof GraphQLError) throw members;
      const { operationName: name } = members;
      // yoga checks the types of all members but this one.
      if (name !== undefined && name !== null && typeof name !== 'string') {
        const type = Array.isArray(name) ? 'array' : typeof name;
        throw badRequest(`Expected "operationName" param to be empty or a string, but given ${type}.`);
      }
      if (members.query === undefined || members.query === null)
        throw badRequest('Must provide query string.');
      setParams(members as typeof params);
    },
  };
}

/** With status 400 in every media type, because the request is not well-formed; yoga's own has 200 in application/json. */
function badRequest(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status: 400 } } });
}
