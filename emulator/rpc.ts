import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { bodyTooLarge, type Failure, invalidParameter } from './errors.ts';

/** A request in RPC style: the action is in a header, its parameters in the query string or a form body. */
export interface RpcRequest {
  readonly method: string;
  readonly path: string;
  /** As from node:http: lower-case names, trimmed values, repeated headers joined. */
  readonly headers: IncomingHttpHeaders;
  /** Decoded parameters of the query string in order; null if it is malformed. */
  readonly query: readonly Pair[] | null;
  /** Header `x-acs-action`, or empty. */
  readonly action: string;
  /** Header `x-acs-signature-nonce`, or empty. */
  readonly nonce: string;
}

export type Pair = readonly [name: string, value: string];

/** The body of a request. */
export interface RpcBody {
  readonly bytes: Buffer;
  /** Parameters of a form; empty for any other body. */
  readonly form: readonly Pair[];
}

const bodyLimitBytes = 1 << 20;
const emptyBody: RpcBody = { bytes: Buffer.alloc(0), form: [] };

/** Reads the part of a request that precedes its body. */
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

/** Reads the body, up to 1 MiB. Rejects only if the client disconnects. */
export async function readBody(message: IncomingMessage): Promise<RpcBody | Failure> {
  const { headers } = message;
  const announced = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  if (!announced) return emptyBody;
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  // Keeps the stream open after an early exit: the error still has to be sent over its socket.
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

/** Value of a header; empty if it is missing. */
export function header(headers: IncomingHttpHeaders, name: string): string {
  // Names also come from the Authorization header, and every object has a `constructor`.
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  return typeof value === 'string' ? value : '';
}

/** Decodes `a=b&c=d`; null for an invalid percent sequence. */
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
