import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { bodyTooLarge, type Failure, invalidParameter } from './errors.ts';

/** One request in RPC style: the action in a header, its parameters in the query string or in a form body. */
export interface RpcRequest {
  readonly method: string;
  readonly path: string;
  /** Lower-case names, values trimmed, repeated ones joined: as node:http gives them. */
  readonly headers: IncomingHttpHeaders;
  /** Decoded pairs of the query string in the order sent; null if it is not well-formed. */
  readonly query: readonly Pair[] | null;
  /** Header `x-acs-action`, or empty. */
  readonly action: string;
  /** Header `x-acs-signature-nonce`, or empty. */
  readonly nonce: string;
}

export type Pair = readonly [name: string, value: string];

/** What a request carried in its body. */
export interface RpcBody {
  readonly bytes: Buffer;
  /** The parameters of a form body; none for any other body. */
  readonly form: readonly Pair[];
}

const bodyLimitBytes = 1 << 20;
const emptyBody: RpcBody = { bytes: Buffer.alloc(0), form: [] };

/** Reads everything of a request that is known before its body arrives. */
export function readHead(message: IncomingMessage): RpcRequest {
  const url = message.url ?? '/';
  const mark = url.indexOf('?');
  return {
    method: message.method ?? '',
    path: mark === -1 ? url : url.slice(0, mark),
    headers: message.headers,
    query: mark === -1 ? [] : decodePairs(url.slice(mark + 1)),
    action: header(message.headers, 'x-acs-action'),
    nonce: header(message.headers, 'x-acs-signature-nonce'),
  };
}

/** Reads the body, up to 1 MiB. Rejects only if the client goes away before it is complete. */
export async function readBody(message: IncomingMessage): Promise<RpcBody | Failure> {
  const { headers } = message;
  const announced = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  if (!announced) return emptyBody;
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  // Leaving the loop early must not destroy the stream: the refusal still has to go out over its socket.
  for await (const chunk of message.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > bodyLimitBytes) return bodyTooLarge;
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  if (!header(headers, 'content-type').startsWith('application/x-www-form-urlencoded'))
    return { bytes, form: [] };
  const form = decodePairs(bytes.toString('utf8'));
  return form === null ? invalidParameter('body', 'not a well-formed form') : { bytes, form };
}

/** A header as one string, empty if absent. */
export function header(headers: IncomingHttpHeaders, name: string): string {
  // Names come from the Authorization header too, and every object has a `constructor`.
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  return typeof value === 'string' ? value : '';
}

/** Decodes `a=b&c=d`; null if a percent sequence is broken. */
function decodePairs(text: string): Pair[] | null {
  const pairs: Pair[] = [];
  try {
    for (const part of text.split('&')) {
      if (part === '') continue;
      const equals = part.indexOf('=');
      pairs.push(
        equals === -1 ? [decode(part), ''] : [decode(part.slice(0, equals)), decode(part.slice(equals + 1))],
      );
    }
  } catch {
    return null;
  }
  return pairs;
}

function decode(text: string): string {
  return decodeURIComponent(text.includes('+') ? text.replaceAll('+', ' ') : text);
}
