import type { IncomingMessage } from 'node:http';
import type { Authenticator, Credentials } from '../../auth/authenticator.ts';

const BEARER = /^Bearer /i;

/**
 * The credentials in the head of a request. Several headers of one name are one value with commas. A header of a kind that
 * is not configured is not read, because a proxy on the way may use it for itself: without keys `x-api-key`, without tokens
 * an `authorization` that is no bearer.
 */
export function credentialsOf(
  request: IncomingMessage,
  { acceptsKeys, acceptsTokens }: Pick<Authenticator, 'acceptsKeys' | 'acceptsTokens'>,
): Credentials {
  const { 'x-api-key': apiKey, authorization } = request.headers;
  const isRead = authorization !== undefined && (acceptsTokens || BEARER.test(authorization));
  return {
    apiKey: acceptsKeys ? (apiKey as string | undefined) : undefined,
    authorization: isRead ? allOf(request, 'authorization') : undefined,
  };
}

/** Node drops all headers of this name but the first, and a second credential must not go unseen. */
function allOf({ rawHeaders }: IncomingMessage, name: string): string | undefined {
  let all: string | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const given = rawHeaders[index] as string;
    if (given.length === name.length && given.toLowerCase() === name)
      all = joined(all, rawHeaders[index + 1] as string);
  }
  return all;
}

/**
 * The credentials in the `connection_init` of a WebSocket, because pages cannot set headers for one; no member for what is
 * missing. They are named like the headers, in upper or lower case. Several of one name are one value with commas, which is
 * no valid credential: it would be unclear which of them counts.
 */
export function credentialsIn(payload: Readonly<Record<string, unknown>>): Partial<Credentials> {
  const found: { apiKey?: string; authorization?: string } = {};
  for (const [name, value] of Object.entries(payload)) {
    if (typeof value !== 'string') continue;
    const header = name.toLowerCase();
    if (header === 'x-api-key') found.apiKey = joined(found.apiKey, value);
    if (header === 'authorization') found.authorization = joined(found.authorization, value);
  }
  return found;
}

function joined(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before}, ${value}`;
}
