import type { IncomingMessage } from 'node:http';
import type { Authenticator, RequestCredentials } from '../../auth/authenticator.ts';

const BEARER = /^Bearer /i;

/**
 * The credentials in the headers of a request. Repeated headers are joined by commas. Kinds that are not configured are
 * not read, because a proxy may use them for itself: `x-api-key` when no keys are configured, and an `authorization`
 * other than Bearer when tokens are not accepted.
 */
export function credentialsOf(
  request: IncomingMessage,
  { acceptsKeys, acceptsTokens }: Pick<Authenticator, 'acceptsKeys' | 'acceptsTokens'>,
): RequestCredentials {
  const { 'x-api-key': apiKey, authorization } = request.headers;
  const isRead = authorization !== undefined && (acceptsTokens || BEARER.test(authorization));
  return {
    apiKey: acceptsKeys ? (apiKey as string | undefined) : undefined,
    authorization: isRead ? allOf(request, 'authorization') : undefined,
  };
}

/**
 * All values of a header, joined by commas. Node drops all but the first, and a second credential must not go
 * unnoticed.
 */
function allOf({ rawHeaders }: IncomingMessage, name: string): string | undefined {
  let all: string | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const field = rawHeaders[index] as string;
    if (field.length === name.length && field.toLowerCase() === name)
      all = joined(all, rawHeaders[index + 1] as string);
  }
  return all;
}

/**
 * The credentials in the `connection_init` of a WebSocket, because browsers cannot set headers for one. Missing ones
 * are left out. Names are those of the headers, in any case. Repeated ones are joined by commas, which makes them
 * invalid: it would be unclear which one counts.
 */
export function credentialsIn(payload: Readonly<Record<string, unknown>>): Partial<RequestCredentials> {
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
