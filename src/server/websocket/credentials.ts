import type { Credentials } from '../../auth/authenticator.ts';

/**
 * The credentials that come with a connection's first message, because pages cannot set headers for a WebSocket. They are
 * named like the headers, in upper or lower case.
 */
export function credentialsIn(params: Readonly<Record<string, unknown>> = {}): Credentials {
  const found: { apiKey?: string; authorization?: string } = {};
  for (const [name, value] of Object.entries(params)) {
    if (typeof value !== 'string') continue;
    if (name.toLowerCase() === 'x-api-key') found.apiKey = value;
    if (name.toLowerCase() === 'authorization') found.authorization = value;
  }
  return { apiKey: found.apiKey, authorization: found.authorization };
}
