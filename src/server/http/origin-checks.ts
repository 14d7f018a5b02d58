import type { IncomingMessage } from 'node:http';
import { isIP, type Socket } from 'node:net';
import type { Handler } from './request-context.ts';
import { sendError } from './responses.ts';

/** What a `Host` header may consist of before it is parsed: no user name, path, query or space. */
const HOST_CHARACTERS = /^[\w.:[\]-]+$/;

/** Names that browsers resolve to this machine without asking DNS. */
const LOOPBACK = /^(([\w-]+\.)*localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * Protects a gateway without authentication from DNS rebinding: a web page whose own name resolves to this machine sends
 * that name as `Host`. Served are loopback names, the host that the gateway listens on, trusted hosts, and the IP address
 * that the client connected to: a page that has this address as its origin came from this machine.
 *
 * The header that passed last is compared first, so that the usual request costs one comparison.
 *
 * @param host where the gateway listens
 * @param trustedHosts `*.example.com` stands for every name below `example.com`, not for `example.com` itself
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

/** A host name as a URL parser writes it, without port and final dot; empty for what is no host name. */
function normalised(host: string): string {
  return URL.parse(`http://${host}`)?.hostname.replace(/\.$/, '') ?? '';
}

/** As a URL has it; empty on a socket without one. */
function localAddressOf({ localAddress = '' }: Socket): string {
  const address = withoutMapping(localAddress);
  return isIP(address) === 6 ? normalised(`[${address}]`) : address;
}

/** An IPv4 address mapped into IPv6 as IPv4, any other as it is. */
export function withoutMapping(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address;
}

/** Values of `Sec-Fetch-Site` for requests of the gateway's own pages, and of users who typed the address. */
const OWN_SITE: ReadonlySet<string> = new Set(['same-origin', 'none']);

/**
 * Rejects GET requests that the page of another origin made a browser send, as an image or a link does. Requests of an origin in
 * `CORS_ORIGINS` pass, and those without `Sec-Fetch-Site`, as programs send. Other methods need no check: browsers ask before
 * they send JSON. `same-site` is rejected too, because a site includes every port of `localhost` and every subdomain.
 *
 * @param origins of `CORS_ORIGINS`
 * @see https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
 */
export function rejectCrossSite(handler: Handler, origins: readonly string[]): Handler {
  const named = new Set<string | undefined>(origins);
  const passes = ({ method, headers }: IncomingMessage): boolean => {
    if (method !== 'GET' && method !== 'HEAD') return true;
    const site = headers['sec-fetch-site'] as string | undefined;
    return site === undefined || OWN_SITE.has(site) || named.has(headers.origin);
  };

  return (context) => {
    if (passes(context.request)) return handler(context);
    const site = `${context.request.headers['sec-fetch-site']}`;
    const message = `GET requests from pages of other sites are rejected (Sec-Fetch-Site: ${site.slice(0, 20)}). Add the origin to CORS_ORIGINS, or use POST.`;
    sendError(context, 403, 'FORBIDDEN', message, { reason: 'cross_site' });
  };
}

/**
 * Checks the `Origin` of a WebSocket, to which CORS does not apply. Allowed are the gateway's own origin, those in
 * `CORS_ORIGINS`, and no origin (programs). Schemes are not compared: behind a proxy the page has another one.
 *
 * @param origins of `CORS_ORIGINS`
 * @see https://www.rfc-editor.org/rfc/rfc6455#section-10.2
 */
export function createWebSocketOriginCheck(
  origins: readonly string[],
): (request: IncomingMessage) => boolean {
  const named = new Set(origins);
  return ({ headers: { origin, host } }) =>
    origin === undefined ||
    named.has(origin) ||
    (host !== undefined && URL.parse(origin)?.host === host.toLowerCase());
}
