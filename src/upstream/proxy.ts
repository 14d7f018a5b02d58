import { BlockList, isIP } from 'node:net';

/** An HTTP forward proxy. */
export interface ForwardProxy {
  /** Scheme, host and port without credentials, as in `http://proxy.example.com:3128`. */
  readonly url: string;
  readonly host: string;
  /** Value of `proxy-authorization`; undefined without credentials. A secret. */
  readonly authorization: string | undefined;
}

export interface ProxySettings {
  readonly http: ForwardProxy | undefined;
  /** For `https:` URLs, through a CONNECT tunnel. */
  readonly https: ForwardProxy | undefined;
  /** Value of `NO_PROXY`; undefined when it is not set. */
  readonly except: string | undefined;
}

/** Default ports of proxy URLs by scheme, as in curl; most other programs default to 80 for http. */
const DEFAULT_PORTS = { http: 1080, https: 443 } as const;

/**
 * Parses a proxy URL as curl does: the default scheme is `http:`, the default port 1080 (`https:` 443), credentials are
 * percent-encoded, and a path is ignored.
 *
 * @throws Error that repeats only the scheme of the value
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
  // URL drops the default port of a scheme, so the port is read from the text.
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

/** Decodes to one character per byte. As in curl, a `%` without two hexadecimal digits stands for itself. */
function decodePercent(text: string): string {
  return text.replace(/%([\da-f]{2})/gi, (_, digits) => String.fromCharCode(Number.parseInt(digits, 16)));
}

/**
 * The proxy for requests to a URL; undefined for a direct connection. The rules are curl's, with one exception: requests to a
 * loopback host only use a proxy on a loopback address. Plain `http:` is allowed for loopback hosts because nobody on the
 * network can read or change it there; a proxy on another machine could replace the keys that verify tokens.
 *
 * @see https://pkg.go.dev/net/http#ProxyFromEnvironment, which never proxies localhost and loopback addresses
 */
export function proxyFor(target: string, { http, https, except }: ProxySettings): ForwardProxy | undefined {
  const { protocol, hostname } = new URL(target);
  const proxy = protocol === 'https:' ? https : http;
  if (proxy === undefined || isExempt(hostname, except ?? '')) return undefined;
  const wouldLeaveMachine = isLoopbackHost(hostname) && !isLoopbackAddress(new URL(proxy.url).hostname);
  return wouldLeaveMachine ? undefined : proxy;
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** @param hostname of a URL: lower case, addresses in canonical form, IPv6 addresses in brackets */
function isLoopbackHost(hostname: string): boolean {
  return isLoopbackAddress(hostname) || bareHost(hostname).endsWith('.localhost');
}

/** Excludes names below `localhost`, which may resolve to another machine. Includes IPv4-mapped addresses. */
function isLoopbackAddress(hostname: string): boolean {
  const host = bareHost(hostname);
  const family = isIP(host);
  return family === 0 ? host === 'localhost' : LOOPBACK.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

/**
 * Whether `NO_PROXY` exempts a host, by curl's rules:
 *
 * - Entries are separated by commas or white space. `*` exempts every host, but only as the sole entry.
 * - A name exempts itself and all names below it, in any case, with or without a leading dot. `*` is not a wildcard in a
 *   name.
 * - An address or a CIDR range exempts addresses, not the names that resolve to them. `/0` means the address itself.
 * - Ports are ignored: an entry with a port matches nothing.
 *
 * @param hostname of a URL; IPv6 addresses in brackets
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

/** Hostname of a URL without brackets and final dot. */
function bareHost(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
}
