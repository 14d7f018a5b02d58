/** A request without a body. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  /** Path and query. */
  readonly path: string;
  /** `host` among them. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A request that HTTP cannot carry, so that it was not sent: a fault of this process. The message repeats no value. */
export class UnsendableRequestError extends TypeError {
  override readonly name = 'UnsendableRequestError';
}

/** What may stand in a value, a character for each byte: nothing that ends a line. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const PATH = /^[\x21-\x7e]+$/;

/**
 * A request as it goes over the wire, a character for each byte.
 *
 * @throws UnsendableRequestError for what cannot be in one, as a key with a line break in it
 * @see https://www.rfc-editor.org/rfc/rfc9112#name-request-line
 */
export function requestText({ method, path, headers }: HttpRequest): string {
  if (!PATH.test(path)) throw new UnsendableRequestError('the path has characters that have to be encoded');
  let text = `${method} ${path} HTTP/1.1\r\n`;
  for (const name in headers) {
    const value = headers[name] as string;
    if (!VALUE.test(value))
      throw new UnsendableRequestError(`${name} has characters that no header can have`);
    text += `${name}: ${value}\r\n`;
  }
  return method === 'POST' ? `${text}content-length: 0\r\n\r\n` : `${text}\r\n`;
}
