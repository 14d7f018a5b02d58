import type { IncomingMessage } from 'node:http';

/** The body is longer than allowed. The rest of it has not been read. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
}

/**
 * Reads a whole request body, whether its length was announced or not.
 *
 * @throws BodyTooLargeError as soon as it is known to be longer than `maxBytes`
 * @throws the socket's error when the client leaves meanwhile
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
      reject(new BodyTooLargeError());
      return;
    }
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes <= maxBytes) return;
      request.removeAllListeners('data').pause();
      reject(new BodyTooLargeError());
    });
    request.once('end', () => resolve(Buffer.concat(chunks, bytes)));
    request.once('error', reject);
    request.once('close', () => reject(new Error('the client left')));
  });
}
