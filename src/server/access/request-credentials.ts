import type { IncomingMessage } from 'node:http';
import type { Credentials } from '../../auth/authenticator.ts';

const BEARER = /^Bearer /i;

/**
 * The credentials in the head of a request. Several headers of one name are one value with commas. A header of a kind that
 * is not configured is not read, because a proxy on the way may use it for itself: without keys `x-api-key`, without tokens
 * an `authorization` that is no bearer.
 */
export function credentialsOf(
  request: IncomingMessage,
  takesKeys: boolean,
  takesTokens: boolean,
): Credentials {
  const { 'x-api-key': apiKey, authorization } = request.headers;
  const isRead = authorization !== undefined && (takesTokens || BEARER.test(authorization));
  return {
    apiKey: takesKeys ? (apiKey as string | undefined) : undefined,
    authorization: isRead ? allOf(request, 'authorization') : undefined,
  };
}

/** Node drops all headers of this name but the first, and a second credential must not go unseen. */
function allOf({ rawHeaders }: IncomingMessage, name: string): string {
  let all: string | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const given = rawHeaders[index] as string;
    if (given.length !== name.length || given.toLowerCase() !== name) continue;
    const value = rawHeaders[index + 1] as string;
    all = all === undefined ? value : `${all}, ${value}`;
  }
  return all ?? '';
}
