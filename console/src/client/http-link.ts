import { ServerError, ServerParseError } from '@apollo/client/errors';
import { ApolloLink } from '@apollo/client/link';
import { Observable } from 'rxjs';
import { credentialHeaders } from './credentials.ts';
import { idOf } from './document-id.ts';
import { ENDPOINT } from './endpoint.ts';

/** The one that answers GraphQL errors with a status of their own, so that what proxies answer is told from it. */
const ACCEPT = 'application/graphql-response+json, application/json;q=0.9';

/**
 * Asks by HTTP, with a document's id in place of its text, which Apollo's own link cannot leave out for a `documentId`.
 * The gateway's name for the request comes along as `requestId` in the result's extensions. A response with a status of
 * 400 or above is a `ServerError`, one that is no GraphQL a `ServerParseError`.
 */
export const httpLink = new ApolloLink(
  (operation) =>
    new Observable((observer) => {
      const leaving = new AbortController();
      ask(operation, leaving.signal).then(
        (result) => {
          observer.next(result);
          observer.complete();
        },
        (error) => observer.error(error),
      );
      return () => leaving.abort();
    }),
);

async function ask(
  { query, variables, operationName }: ApolloLink.Operation,
  signal: AbortSignal,
): Promise<ApolloLink.Result> {
  const response = await fetch(ENDPOINT, {
    method: 'POST',
    headers: { accept: ACCEPT, 'content-type': 'application/json', ...credentialHeaders() },
    body: JSON.stringify({ documentId: idOf(query), operationName, variables }),
    signal,
  });
  const bodyText = await response.text();
  // With its headers, which say how long to wait and which credentials are taken. The errors are in the body.
  if (!response.ok) throw new ServerError(`HTTP status ${response.status}`, { response, bodyText });
  const result = parse(response, bodyText);
  const requestId = response.headers.get('x-request-id') ?? undefined;
  return { ...result, extensions: { ...result.extensions, requestId } };
}

function parse(response: Response, bodyText: string): ApolloLink.Result {
  try {
    const result = JSON.parse(bodyText);
    if (result?.data !== undefined || Array.isArray(result?.errors)) return result;
  } catch (error) {
    throw new ServerParseError(error, { response, bodyText });
  }
  throw new ServerError('the answer is no GraphQL', { response, bodyText });
}
