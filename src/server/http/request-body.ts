import type { IncomingMessage } from 'node:http';
import { guarded } from '../../guarded.ts';

/** The request body exceeds the maximum. Its rest has not been read. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
}

const EMPTY: Buffer = Buffer.alloc(0);

/**
 * Reads a whole request body, with or without `content-length`. Uses callbacks, because on this path a promise costs
 * more than the rest of the work for most bodies.
 *
 * @param failed receives BodyTooLargeError as soon as the body exceeds `maxBytes`, or the socket's error when the
 *   client disconnects
 */
export function readBody(
  request: IncomingMessage,
  maxBytes: number,
  done: (body: Buffer) => void,
  failed: (error: Error) => void,
): void {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
    failed(new BodyTooLargeError());
    return;
  }
  // Nearly every body arrives as one chunk, which then is the buffer.
  let buffer = EMPTY;
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    const start = bytes;
    bytes += chunk.length;
    try {
      if (bytes > maxBytes) {
        request.removeAllListeners('data').pause();
        failed(new BodyTooLargeError());
      } else if (start === 0) buffer = chunk;
      else {
        // Doubles the buffer, because a client may send each byte as a chunk of its own.
        if (bytes > buffer.length)
          buffer = Buffer.concat([buffer.subarray(0, start)], Math.min(2 * bytes, maxBytes));
        chunk.copy(buffer, start);
      }
    } catch (error) {
      failed(error as Error);
    }
  });
  request.on('end', () => {
    try {
      done(bytes === buffer.length ? buffer : buffer.subarray(0, bytes));
    } catch (error) {
      failed(error as Error);
    }
  });
  request.on(
    'error',
    guarded(failed, () => request.destroy()),
  );
  request.on('close', () => {
    if (!request.complete) failed(new Error('the client disconnected'));
  });
}
