import type { IncomingMessage } from 'node:http';
import { isIP, type Socket } from 'node:net';
import type { Handler } from './request-context.ts';
import { sendError } from './responses.ts';

/** Characters allowed in a `Host` header: enough for host and port, nothing of a user name, path or query. */
const HOST_CHARACTERS = /^[\w.:[\]-]+$/;

/** Host names that browsers resolve to this machine without DNS. */
const LOOPBACK = /^(([\w-]+\.)*localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * Checks the `Host` header, to protect a gateway without authentication from DNS rebinding: a page whose host name
 * resolves to this machine sends that name as `Host`. Trusted are loopback names, the host that the gateway listens on,
 * `TRUSTED_HOSTS`, and the IP address that the client connected to: a page with this address as its origin came from
 * this machine.
 *
 * The last header that passed is compared first, so that a typical request costs one comparison.
 *
 * @param host address or name that the gateway listens on
 * @param trustedHosts `*.example.com` matches every name below `example.com`, not `example.com` itself
 */
export function createHostCheck(
  host: string,
  trustedHosts: readonly string[],
): (request: IncomingMessage) => boolean {
  const names = new Set([host.includes(':') ? `[${host}]` : host, ...trustedHosts].map(normalised));
  const suffixes = trustedHosts
    .filter((name) => name.startsWith('*.'))
    .map((name) => name.slice(1).toLowerCase());
  let lastPassed: string | undefined;

  return ({ headers, socket }) => {
    const header = headers.host;
    if (header === undefined || header === lastPassed) return header !== undefined;
    const name = HOST_CHARACTERS.test(header) ? normalised(header) : '';
    const passes =
      name !== '' &&
      (LOOPBACK.test(name) ||
        names.has(name) ||
        suffixes.some((suffix) => name.endsWith(suffix)) ||
        name === localAddressOf(socket));
    if (passes) lastPassed = header;
    return passes;
  };
}

/** A host name as a URL parser writes it, without port and final dot; empty for an invalid one. */
function normalised(host: string): string {
  return URL.parse(`http://${host}`)?.hostname.replace(/\.$/, '') ?? '';
}

/** The local address of a socket as URLs contain it; empty for a socket without one. */
function localAddressOf({ localAddress = '' }: Socket): string {
  const address = withoutMapping(localAddress);
  return isIP(address) === 6 ? normalised(`[${address}]`) : address;
}

/** Converts an IPv4-mapped IPv6 address to IPv4; returns any other address unchanged. */
export function withoutMapping(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address;
}

/** Values of `Sec-Fetch-Site` for requests of the gateway's own pages, and of users who typed the address. */
const OWN_SITE: ReadonlySet<string> = new Set(['same-origin', 'none']);

/**
 * Rejects GET requests that a page of another origin made the browser send, for example as an image or a link. Requests
 * from `CORS_ORIGINS` pass, and so do requests without `Sec-Fetch-Site`, which come from programs. Other methods need
 * no check, because browsers send a preflight before a JSON body. `same-site` is rejected too: a site includes every
 * port of `localhost` and every subdomain.
 *
 * @param origins value of `CORS_ORIGINS`
 * @see https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
 */
export function rejectCrossSite(handler: Handler, origins: readonly string[]): Handler {
  const allowed = new Set<string | undefined>(origins);
  const passes = ({ method, headers }: IncomingMessage): boolean => {
    if (method !== 'GET' && method !== 'HEAD') return true;
    const site = headers['sec-fetch-site'] as string | undefined;
    return site === undefined || OWN_SITE.has(site) || allowed.has(headers.origin);
  };

  return (context) => {
    if (passes(context.request)) return handler(context);
    const site = `${context.request.headers['sec-fetch-site']}`;
    const message = `GET requests from pages of other sites are rejected (Sec-Fetch-Site: ${site.slice(0, 20)}). Add the origin to CORS_ORIGINS, or use POST.`;
    sendError(context, 403, 'FORBIDDEN', message, { reason: 'cross_site' });
  };
}

/**
 * Checks the `Origin` of a WebSocket handshake, to which CORS does not apply. Allowed are the gateway's own origin,
 * `CORS_ORIGINS`, and a missing origin (programs). Schemes are not compared, because a proxy may terminate TLS.
 *
 * @param origins value of `CORS_ORIGINS`
 * @see https://www.rfc-editor.org/rfc/rfc6455#section-10.2
 */
export function createWebSocketOriginCheck(
  origins: readonly string[],
): (request: IncomingMessage) => boolean {
  const allowed = new Set(origins);
  return ({ headers: { origin, host } }) =>
    origin === undefined ||
    allowed.has(origin) ||
    (host !== undefined && URL.parse(origin)?.host === host.toLowerCase());
}
