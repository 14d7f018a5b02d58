import type { IncomingMessage } from 'node:http';
import { sendRefusal } from './responses.ts';
import { type HeadWriter, setHeaders } from './routes.ts';

/** Values of `Sec-Fetch-Site` for requests of the gateway's own pages, and of users who typed the address. */
const OWN: ReadonlySet<string> = new Set(['same-origin', 'none']);

/**
 * Rejects GET requests that the page of another origin made a browser send, as an image or a link does: nothing is executed,
 * and no upstream call or rate limit is spent. Requests of an origin in `CORS_ORIGINS` pass; so does everything that sends
 * no `Sec-Fetch-Site`, as programs do. Other methods need no check: browsers ask before they send JSON.
 *
 * `same-site` is rejected too, because a site includes every port of `localhost` and every subdomain.
 *
 * @param origins of `CORS_ORIGINS`
 * @see https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
 */
export function rejectCrossSite(handler: HeadWriter, origins: readonly string[]): HeadWriter {
  const named = new Set<string | undefined>(origins);
  const passes = ({ method, headers }: IncomingMessage): boolean => {
    if (method !== 'GET' && method !== 'HEAD') return true;
    const site = headers['sec-fetch-site'] as string | undefined;
    return site === undefined || OWN.has(site) || named.has(headers.origin);
  };

  return (request, response, common) => {
    if (passes(request)) return handler(request, response, common);
    const site = `${request.headers['sec-fetch-site']}`;
    setHeaders(response, common);
    const message = `Pages of other sites may not send GET requests here (Sec-Fetch-Site: ${site.slice(0, 20)}). Name their origin in CORS_ORIGINS, or use POST.`;
    sendRefusal(response, 403, 'FORBIDDEN', message, {}, 'cross_site');
  };
}
