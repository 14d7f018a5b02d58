import { BlockList, isIP } from 'node:net';

/** An HTTP proxy that requests go through. */
export interface ForwardProxy {
  /** Scheme, host and port, without credentials, as in `http://proxy.example.com:3128`. */
  readonly url: string;
  readonly host: string;
  /** Value of `proxy-authorization`; undefined where the URL has no credentials. A secret. */
  readonly authorization: string | undefined;
}

export interface ProxySettings {
  readonly http: ForwardProxy | undefined;
  /** For `https:` URLs, which go through a tunnel that the proxy opens (CONNECT). */
  readonly https: ForwardProxy | undefined;
  /** Value of `NO_PROXY`; undefined where it is not set. */
  readonly except: string | undefined;
}

/** Port of a proxy whose URL names none, by scheme. These are curl's; most other programs take 80 for http. */
const DEFAULT_PORTS = { http: 1080, https: 443 } as const;

/**
 * Reads the URL of a proxy as curl does: without a scheme it is `http:`, without a port 1080 (`https:` 443), credentials are
 * percent-encoded, and a path is ignored.
 *
 * @throws Error that repeats no more of the value than its scheme
 * @see https://curl.se/docs/manpage.html#-x
 */
export function parseProxy(text: string): ForwardProxy {
  const separator = text.indexOf('://');
  const scheme = separator === -1 ? 'http' : text.slice(0, separator).toLowerCase();
  if (scheme !== 'http' && scheme !== 'https')
    throw new Error(
      /^[a-z][a-z\d+.-]{0,11}$/.test(scheme) ? `unsupported scheme ${scheme}://` : 'unsupported scheme',
    );
  const [authority = ''] = text.slice(separator === -1 ? 0 : separator + 3).split(/[/?#]/, 1);
  const address = authority.slice(authority.lastIndexOf('@') + 1);
  const href = `${scheme}://${authority}`;
  if (address === '' || !URL.canParse(href)) throw new Error('missing or invalid host or port');
  const { hostname, username, password } = new URL(href);
  // A URL drops the port that its scheme has by default.
  const port = /:(\d+)$/.exec(address)?.[1] ?? DEFAULT_PORTS[scheme];
  const host = `${hostname}:${Number(port)}`;
  const hasCredentials = username !== '' || password !== '';
  const credentials = Buffer.from(`${decodePercent(username)}:${decodePercent(password)}`, 'latin1');
  return {
    url: `${scheme}://${host}`,
    host,
    authorization: hasCredentials ? `Basic ${credentials.toString('base64')}` : undefined,
  };
}

/** One character for each byte. A `%` that no two hexadecimal digits follow stands for itself, as with curl. */
function decodePercent(text: string): string {
  return text.replace(/%([\da-f]{2})/gi, (_, digits) => String.fromCharCode(Number.parseInt(digits, 16)));
}

/**
 * The proxy for requests to a URL; undefined where they go directly. The rules are curl's, with one exception: a request to a loopback
 * host only goes to a proxy at a loopback address. `http:` is allowed for loopback hosts because nobody on the network can
 * read or change it there; a proxy on another machine could replace the keys that verify tokens.
 *
 * @see https://pkg.go.dev/net/http#ProxyFromEnvironment, which never proxies localhost and loopback addresses
 */
export function proxyFor(target: string, { http, https, except }: ProxySettings): ForwardProxy | undefined {
  const { protocol, hostname } = new URL(target);
  const proxy = protocol === 'https:' ? https : http;
  if (proxy === undefined || isExempt(hostname, except ?? '')) return undefined;
  const wouldLeave = isLoopbackHost(hostname) && !isLoopbackAddress(new URL(proxy.url).hostname);
  return wouldLeave ? undefined : proxy;
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** @param hostname of a URL: in lower case, addresses in their shortest form, IPv6 addresses in brackets */
function isLoopbackHost(hostname: string): boolean {
  return isLoopbackAddress(hostname) || bareHost(hostname).endsWith('.localhost');
}

/** Without names below `localhost`, which may resolve to another machine. IPv4-mapped addresses count. */
function isLoopbackAddress(hostname: string): boolean {
  const host = bareHost(hostname);
  const family = isIP(host);
  return family === 0 ? host === 'localhost' : LOOPBACK.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

/**
 * Whether `NO_PROXY` exempts a host, by curl's rules:
 *
 * - The list is separated by commas or blanks. `*` exempts every host, but only alone.
 * - A name exempts itself and all names below it, in upper or lower case, with or without a leading dot. `*` is no wildcard in it.
 * - An address or a CIDR range exempts addresses, not the names that resolve to them. `/0` means the address itself.
 * - Ports are not looked at: an entry with a port matches nothing.
 *
 * @param hostname of a URL; IPv6 addresses stand in brackets
 * @see https://github.com/curl/curl/blob/master/lib/noproxy.c
 */
function isExempt(hostname: string, list: string): boolean {
  if (list === '*') return true;
  const host = bareHost(hostname);
  const matches = isIP(host) === 0 ? isNameIn : isAddressIn;
  return list.split(/[\s,]+/).some((entry) => entry !== '' && matches(host, entry));
}

function isNameIn(host: string, entry: string): boolean {
  const name = entry.toLowerCase().replace(/\.$/, '').replace(/^\./, '');
  return name !== '' && (host === name || host.endsWith(`.${name}`));
}

function isAddressIn(host: string, entry: string): boolean {
  const [address = '', prefix = ''] = entry.split('/');
  const family = isIP(host);
  const longest = family === 4 ? 32 : 128;
  const bits = /^\d{1,3}$/.test(prefix) ? Number(prefix) || longest : longest;
  if (isIP(address) !== family || bits > longest) return false;
  const kind = family === 4 ? 'ipv4' : 'ipv6';
  const range = new BlockList();
  range.addSubnet(address, bits, kind);
  return range.check(host, kind);
}

/** A hostname of a URL without brackets and the dot at its end. */
function bareHost(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
}
