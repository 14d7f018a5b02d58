import type { Credentials } from '../../auth/authenticator.ts';

/**
 * The credentials that come with a connection's first message, without a member for what is missing, because pages cannot set headers for a WebSocket. They are
 * named like the headers, in upper or lower case. As in a head, several of one name are one value with commas, which is no
 * valid credential: it would be unclear which of them counts.
 */
export function credentialsIn(params: Readonly<Record<string, unknown>> = {}): Partial<Credentials> {
  const found: { apiKey?: string; authorization?: string } = {};
  for (const [name, value] of Object.entries(params)) {
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
