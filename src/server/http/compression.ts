import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { acceptRanges, rememberedHeader } from './content-negotiation.ts';
import type { RequestContext } from './request-context.ts';

/** Content codings that the gateway sends, best first. */
const ENCODINGS = ['br', 'gzip', 'identity'] as const;

export type Encoding = (typeof ENCODINGS)[number];

/** Returns a body in the given coding. The first call for a coding may take long; later ones are cached. */
export type Body = (encoding: Encoding) => Promise<Uint8Array>;

/** Shortest body that is compressed, in bytes. A shorter one fits into one packet anyway. */
export const MIN_COMPRESSED_BYTES = 1024;

/**
 * Compression levels: high for a file, which is compressed once per process; low for a response, which is sent to a few
 * clients.
 *
 * Measured on GraphiQL's script of 5.3 MB:
 * - brotli 4 makes 1.40 MB in 76 ms, 5 makes 1.29 MB in 101 ms, 9 makes 1.24 MB in 443 ms;
 * - gzip 4 makes 1.51 MB in 57 ms, 6 makes 1.45 MB in 100 ms, 9 makes nothing smaller.
 *
 * Measured on a page of 100 jobs of 36 kB:
 * - gzip 1 makes 7.6 kB in a third of the time in which gzip 6 makes 7.2 kB;
 * - brotli 1 makes 7.4 kB, 5 makes 6.7 kB in three times the time.
 */
const EFFORT = { file: { brotli: 5, gzip: 6 }, response: { brotli: 1, gzip: 1 } } as const;

/**
 * Weight of `identity` when the header does not name it: acceptable, but below the smallest weight that a header can
 * give.
 */
const LEAST_WEIGHT = 0.0001;

/**
 * The coding for a body: the one with the highest weight in the Accept-Encoding header; among equals, the first of
 * {@link ENCODINGS}. Short bodies are sent as `identity` unless the header rules it out. When the header accepts no
 * coding, the result is `identity` too, because an error would help no client.
 *
 * @param bytes length of the body
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3
 */
export function preferredEncoding(
  accepted: string | undefined,
  bytes: number = Number.POSITIVE_INFINITY,
): Encoding {
  if (accepted === undefined) return 'identity';
  const { preferred, identity } = acceptableIn(accepted);
  return bytes < MIN_COMPRESSED_BYTES && identity ? 'identity' : preferred;
}

const acceptableIn = rememberedHeader((accepted: string) => {
  const weights = new Map<string, number>();
  for (const { name, weight } of acceptRanges(accepted))
    if (name !== '') weights.set(name === 'x-gzip' ? 'gzip' : name, weight);
  const weightOf = (encoding: Encoding) =>
    weights.get(encoding) ?? weights.get('*') ?? (encoding === 'identity' ? LEAST_WEIGHT : 0);
  const highest = Math.max(...ENCODINGS.map(weightOf));
  const best = ENCODINGS.find((encoding) => weightOf(encoding) === highest);
  return { preferred: highest === 0 || !best ? 'identity' : best, identity: weightOf('identity') > 0 };
});

/** Compresses in zlib's thread pool, off the event loop. */
export async function compress(
  content: string | Uint8Array,
  encoding: Encoding,
  effort: keyof typeof EFFORT = 'file',
): Promise<Uint8Array> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  if (encoding === 'identity') return bytes;
  if (encoding === 'gzip') return promisify(gzip)(bytes, { level: EFFORT[effort].gzip });
  return promisify(brotliCompress)(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: EFFORT[effort].brotli,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
}

/** The compressed forms of one response body. Each is made once, when a client first asks for it. */
export class CompressedForms {
  /**
   * Finished forms, and promises of those in progress. Created with the first form, because most responses are never
   * compressed.
   */
  #forms: Map<Encoding, Buffer | Promise<void>> | undefined;

  /** Bytes of all finished forms. */
  get bytes(): number {
    let bytes = 0;
    for (const form of this.#forms?.values() ?? []) if (Buffer.isBuffer(form)) bytes += form.length;
    return bytes;
  }

  /** Returns undefined for a form that is not finished. */
  get(encoding: Encoding): Buffer | undefined {
    const form = this.#forms?.get(encoding);
    return Buffer.isBuffer(form) ? form : undefined;
  }

  /** Makes one form. Concurrent calls for the same coding share one compression. */
  async make(encoding: Encoding, body: Buffer): Promise<void> {
    this.#forms ??= new Map();
    const forms = this.#forms;
    const known = forms.get(encoding);
    if (known !== undefined) return Buffer.isBuffer(known) ? undefined : known;
    const making = compress(body, encoding, 'response').then(
      ({ buffer, byteOffset, byteLength }) => {
        forms.set(encoding, ownMemory(Buffer.from(buffer, byteOffset, byteLength)));
      },
      (error) => {
        forms.delete(encoding);
        throw error;
      },
    );
    forms.set(encoding, making);
    return making;
  }
}

/**
 * A copy in memory of its own. A small buffer in the cache would keep the pooled block of 16 or 64 kB alive that it is
 * a slice of.
 */
export function ownMemory(bytes: Buffer): Buffer {
  if (bytes.buffer.byteLength === bytes.length) return bytes;
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}

/** Responds with 200 and a body in the best coding that the client accepts. */
export async function sendEncoded(
  { request, response, headers }: RequestContext,
  body: Body,
  more: Readonly<Record<string, string>>,
): Promise<void> {
  const encoding = preferredEncoding(request.headers['accept-encoding']);
  const bytes = await body(encoding);
  response
    .writeHead(200, [
      ...headers,
      ...Object.entries(more).flat(),
      ...(encoding === 'identity' ? [] : ['content-encoding', encoding]),
      ...['vary', 'accept-encoding'],
      ...['content-length', String(bytes.byteLength)],
    ])
    .end(bytes);
}
