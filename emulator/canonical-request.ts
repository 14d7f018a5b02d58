import { createHash, createHmac } from 'node:crypto';
import { header, type Pair, type RpcRequest } from './rpc.ts';

/** The signature that the server computed, with the names of the vendor's documentation. */
export interface ServerSignature {
  readonly canonicalRequest: string;
  readonly stringToSign: string;
  /** 64 lower-case hexadecimal digits. */
  readonly signature: string;
}

/** Computes the signature of a request as the server must: from what it received, not from what the client claims. */
export function sign(
  request: Pick<RpcRequest, 'method' | 'path' | 'headers' | 'query'>,
  signedHeaders: readonly string[],
  bodyHash: string,
  accessKeySecret: string,
): ServerSignature {
  const names = [...signedHeaders].sort();
  const canonicalRequest = [
    request.method,
    request.path,
    canonicalQuery(request.query ?? []),
    ...names.map((name) => `${name}:${header(request.headers, name).trim()}`),
    '',
    names.join(';'),
    bodyHash,
  ].join('\n');
  const stringToSign = `ACS3-HMAC-SHA256\n${sha256(canonicalRequest)}`;
  const signature = createHmac('sha256', accessKeySecret).update(stringToSign).digest('hex');
  return { canonicalRequest, stringToSign, signature };
}

/** Sorted by name, then by value; percent-encoded per RFC 3986; `name=` for an empty value. */
function canonicalQuery(pairs: readonly Pair[]): string {
  return [...pairs]
    .sort(([a, x], [b, y]) => (a === b ? compare(x, y) : compare(a, b)))
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .join('&');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Percent-encodes per RFC 3986. `encodeURIComponent` leaves five of its reserved characters unencoded. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** SHA-256 as lower-case hexadecimal digits. */
export function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
