import type { IncomingMessage } from 'node:http';

/**
 * Whether the page that asks for a WebSocket may have one: CORS does not hold for those, a browser connects from any page.
 * Allowed are pages of the gateway's own origin and of those that were named. What is no browser names none.
 *
 * @param origins as browsers write them
 * @see https://www.rfc-editor.org/rfc/rfc6455#section-10.2
 */
export function createOriginCheck(origins: readonly string[]): (request: IncomingMessage) => boolean {
  const named = new Set(origins);
  return ({ headers: { origin, host } }) =>
    origin === undefined ||
    named.has(origin) ||
    (host !== undefined && hostOf(origin) === host.toLowerCase());
}

/** Behind a proxy the scheme may be another one than here. */
function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
