import { createHmac, hash } from 'node:crypto';

/** An access key of the account, long-lived or issued by STS. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken?: string | undefined;
  /** Role of a temporary key, as an ARN with the account number; undefined when it is not known. */
  readonly roleArn?: string | undefined;
}

/** One RPC call without a body; parameters are in the query. */
export interface RpcRequest {
  readonly method: 'GET' | 'POST';
  /** Value of the `host` header: includes the port if it is not the scheme's default. */
  readonly host: string;
  readonly action: string;
  readonly version: string;
  readonly params: Readonly<Record<string, string>>;
  readonly date: Date;
  /** Unique per attempt: the upstream rejects a nonce seen within the last 15 minutes. */
  readonly nonce: string;
}

export interface SignedRequest {
  /** Path and query, percent-encoded as signed. */
  readonly path: string;
  readonly headers: Record<string, string>;
}

const ALGORITHM = 'ACS3-HMAC-SHA256';
const EMPTY_BODY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/**
 * Signs one call with signature V3 (ACS3-HMAC-SHA256). Pure: the same input gives the same signature.
 *
 * @see https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature
 */
export function sign(request: RpcRequest, credentials: Credentials): SignedRequest {
  const { method, host, action, version, nonce } = request;
  const { accessKeyId, accessKeySecret, securityToken } = credentials;
  const query = canonicalQuery(request.params);
  const date = `${request.date.toISOString().slice(0, 19)}Z`;
  // Sorted by name, as the signature requires.
  const headers: Record<string, string> = {
    host,
    'x-acs-action': action,
    'x-acs-content-sha256': EMPTY_BODY_SHA256,
    'x-acs-date': date,
    ...(securityToken !== undefined && { 'x-acs-security-token': securityToken }),
    'x-acs-signature-nonce': nonce,
    'x-acs-version': version,
  };
  let [canonicalHeaders, signedHeaders] = ['', ''];
  for (const name in headers) {
    canonicalHeaders += `${name}:${headers[name]?.trim()}\n`;
    signedHeaders += signedHeaders === '' ? name : `;${name}`;
  }
  const canonicalRequest = `${method}\n/\n${query}\n${canonicalHeaders}\n${signedHeaders}\n${EMPTY_BODY_SHA256}`;
  const stringToSign = `${ALGORITHM}\n${hash('sha256', canonicalRequest, 'hex')}`;
  const signature = createHmac('sha256', accessKeySecret).update(stringToSign).digest('hex');

  headers.authorization = `${ALGORITHM} Credential=${accessKeyId},SignedHeaders=${signedHeaders},Signature=${signature}`;
  return { path: query === '' ? '/' : `/?${query}`, headers };
}

function canonicalQuery(params: Readonly<Record<string, string>>): string {
  let query = '';
  for (const name of Object.keys(params).sort()) {
    const value = params[name] as string;
    query += `${query === '' ? '' : '&'}${encodeRfc3986(name)}=${encodeRfc3986(value)}`;
  }
  return query;
}

/** Percent-encodes per RFC 3986. `encodeURIComponent` leaves five of its reserved characters unencoded. */
function encodeRfc3986(text: string): string {
  if (/^[\w.~-]*$/.test(text)) return text;
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
