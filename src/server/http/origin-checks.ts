import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/** Which values of the `Host` header are served. */
export interface HostCheckOptions {
  /** Where the gateway listens. */
  readonly host: string;
  /** Further host names; `*.example.com` stands for every name below `example.com`, not for `example.com` itself. */
  readonly trustedHosts: readonly string[];
}

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
 */
export function createHostCheck({
  host,
  trustedHosts,
}: HostCheckOptions): (request: IncomingMessage) => boolean {
  const names = new Set([host.includes(':') ? `[${host}]` : host, ...trustedHosts].map(normalised));
  const suffixes = trustedHosts
    .filter((name) => name.startsWith('*.'))
    .map((name) => name.slice(1).toLowerCase());
  let lastPassed: string | undefined;

  return ({ headers, socket }) => {
    const { host: header } = headers;
    if (header === lastPassed) return header !== undefined;
    const name = header === undefined ? undefined : hostNameOf(header);
    const passes =
      name !== undefined &&
      (LOOPBACK.test(name) ||
        names.has(name) ||
        suffixes.some((suffix) => name.endsWith(suffix)) ||
        name === localAddressOf(socket.localAddress));
    if (passes) lastPassed = header;
    return passes;
  };
}

/** The host name in a `Host` header as a URL parser writes it, without port and final dot; undefined for anything else. */
function hostNameOf(header: string): string | undefined {
  if (!HOST_CHARACTERS.test(header)) return undefined;
  return normalised(header) || undefined;
}

/** Lower case, short form of IPv6, without port and final dot; empty for what is no host name. */
function normalised(host: string): string {
  try {
    return new URL(`http://${host}`).hostname.replace(/\.$/, '');
  } catch {
    return '';
  }
}

/** As a URL has it; undefined on a socket without one. */
function localAddressOf(address: string | undefined): string | undefined {
  if (address === undefined) return undefined;
  if (isIP(address) === 4) return address;
  if (address.startsWith('::ffff:') && address.includes('.')) return address.slice('::ffff:'.length);
  return normalised(`[${address}]`);
}
