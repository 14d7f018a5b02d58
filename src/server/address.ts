import type { IncomingMessage } from 'node:http';
import type { AuthResult } from '../auth/auth-result.ts';
import type { ClientAddress } from './trusted-proxies.ts';

const CLIENT_ADDRESS = Symbol('client address');

/** A property of the request and no WeakMap: setting it is all that a request costs whose address nobody asks for. */
type Addressed = IncomingMessage & { [CLIENT_ADDRESS]?: ClientAddress };

/** Notes how the address of a request is found; without it the address is the socket's. */
export function noteClientAddress(request: IncomingMessage, find: ClientAddress): void {
  (request as Addressed)[CLIENT_ADDRESS] = find;
}

/**
 * The address that a request is counted by: the client's behind `TRUSTED_PROXIES`, otherwise the socket's, because
 * `x-forwarded-for` is written by whoever sends it. Of an IPv6 address it is the first 64 bits, because a single machine is
 * given all that follow them.
 *
 * @returns as in `192.0.2.1` or `2001:db8:0:1::/64`; what was an IPv4 address mapped into IPv6 is one again
 * @see https://www.rfc-editor.org/rfc/rfc4291#section-2.5.1
 */
export function addressOf(request: IncomingMessage): string {
  return networkOf((request as Addressed)[CLIENT_ADDRESS]?.(request) ?? request.socket.remoteAddress ?? '');
}

/** What a caller is counted by: its name where it has one, its address where not. */
export function clientKeyOf(request: IncomingMessage, verdict: AuthResult | undefined): string {
  return verdict?.client?.id ?? addressOf(request);
}

/** @see addressOf */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  if (address.startsWith('::ffff:') && address.includes('.')) return address.slice('::ffff:'.length);
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const last = tail === '' ? [] : tail.split(':');
    while (groups.length + last.length < 8) groups.push('0');
    groups.push(...last);
  }
  return `${groups.slice(0, 4).join(':')}::/64`;
}
