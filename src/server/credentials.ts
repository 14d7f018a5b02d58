import type { IncomingMessage } from 'node:http';
import type { Credentials } from '../auth/authenticator.ts';

/** The credentials of a request, all that it has of them: what stands in several headers is one value with commas. */
export function credentialsOf(request: IncomingMessage): Credentials {
  const { 'x-api-key': apiKey, authorization } = request.headers;
  return {
    apiKey: apiKey as string | undefined,
    authorization: authorization && allOf(request, 'authorization'),
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
