import { ServerError, ServerParseError } from '@apollo/client/errors';
import { ApolloLink } from '@apollo/client/link';
import { Observable } from 'rxjs';
import { credentialHeaders } from './credentials.ts';
import { idOf } from './document-id.ts';
import { ENDPOINT } from './endpoint.ts';

/**
 * With `application/graphql-response+json`, GraphQL errors have an HTTP status of their own, which tells them from
 * responses of proxies.
 */
const ACCEPT = 'application/graphql-response+json, application/json;q=0.9';

/**
 * Sends operations over HTTP with the id of the document instead of its text, which Apollo's HttpLink cannot omit for a
 * `documentId`. Puts the `x-request-id` of the response into the result's extensions as `requestId`. A response with
 * status 400 or above is a `ServerError`; one that is not GraphQL is a `ServerParseError`.
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
  // Includes the response, whose headers give the retry time and the accepted credentials. The errors are in the body.
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
