import { BlockList, isIP, SocketAddress } from 'node:net';
import { withoutMapping } from '../http/origin-checks.ts';
import type { ClientAddress } from '../http/request-context.ts';

/**
 * Returns the address by which callers are counted: that of the client behind `TRUSTED_PROXIES`, otherwise the
 * socket's, because any client can send `x-forwarded-for`. IPv6 addresses are reduced to their first 64 bits, because
 * one machine owns all addresses of a /64.
 *
 * @param trustedProxies addresses and ranges, see {@link isAddressRange}
 */
export function createClientAddress(trustedProxies: readonly string[]): ClientAddress {
  if (trustedProxies.length === 0) return ({ socket }) => networkOf(socket.remoteAddress ?? '');
  const find = clientAddressBehind(trustedProxies);
  return (request) => networkOf(find(request));
}

/**
 * Adds an address (`192.0.2.1`, `2001:db8::1`) or a range (`10.0.0.0/8`, `fd00::/8`) to a list.
 *
 * @throws Error for anything else, and for a range of all addresses: it would trust a header that any client can send
 */
function addRange(list: BlockList, range: string): void {
  const [address = '', prefix, ...others] = range.split('/');
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  if (address.includes('%') || others.length > 0) throw new RangeError(`not an address: ${range}`);
  if (prefix === undefined) list.addAddress(address, family);
  else if (/^[1-9]\d{0,2}$/.test(prefix)) list.addSubnet(address, Number(prefix), family);
  else throw new RangeError(`not a prefix length: ${prefix}`);
}

/** Whether a text is a valid entry of `TRUSTED_PROXIES`. */
export function isAddressRange(text: string): boolean {
  try {
    addRange(new BlockList(), text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Finds the client's address behind trusted proxies. Each proxy appends the address of its peer to `x-forwarded-for`.
 * The header is therefore read from right to left until an address is not a trusted proxy's; the client may have forged
 * everything to the left of it. An invalid entry ends the search at the proxy that forwarded it.
 *
 * @param ranges addresses and ranges, see {@link isAddressRange}
 * @returns addresses in canonical form
 */
export function clientAddressBehind(ranges: readonly string[]): ClientAddress {
  const trusted = new BlockList();
  for (const range of ranges) addRange(trusted, range);
  const isTrusted = (address: string) => trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

  return ({ socket: { remoteAddress }, headers: { 'x-forwarded-for': header } }) => {
    let address = remoteAddress === undefined ? undefined : canonical(remoteAddress);
    if (address === undefined) return '';
    if (header === undefined) return address;
    const entries = String(header);
    for (let end = entries.length; end >= 0 && isTrusted(address); ) {
      const comma = end === 0 ? -1 : entries.lastIndexOf(',', end - 1);
      const entry = canonical(entries.slice(comma + 1, end).trim());
      if (entry === undefined) return address;
      address = entry;
      end = comma;
    }
    return address;
  };
}

/** An address with a port, as some load balancers append it: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
const WITH_PORT = /^(?:([\d.]+)|\[([\da-f:.]+)\])(?::\d{1,5})?$/i;

/** An address in canonical form, IPv4-mapped IPv6 as IPv4; undefined for an invalid one. */
function canonical(entry: string): string | undefined {
  const [, v4, v6] = WITH_PORT.exec(entry) ?? [];
  const address = v4 ?? v6 ?? entry;
  const family = isIP(address);
  if (family === 4) return address;
  if (family !== 6) return undefined;
  const [withoutZone = ''] = address.split('%');
  return withoutMapping(new SocketAddress({ address: withoutZone, family: 'ipv6' }).address);
}

/**
 * The /64 prefix of an IPv6 address; an IPv4 address unchanged. @see
 * https://www.rfc-editor.org/rfc/rfc4291#section-2.5.1
 */
export function networkOf(address: string): string {
  const plain = withoutMapping(address);
  if (!plain.includes(':')) return plain;
  const [head = '', tail] = plain.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const last = tail === '' ? [] : tail.split(':');
    while (groups.length + last.length < 8) groups.push('0');
    groups.push(...last);
  }
  return `${groups.slice(0, 4).join(':')}::/64`;
}
