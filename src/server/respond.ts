import type { ServerResponse } from 'node:http';
import { noteOutcome } from './request-notes.ts';

/** Sends a small JSON document as a whole. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  });
  response.end(text);
}

/**
 * Rejects a request before it reaches GraphQL, in the form of a GraphQL response so that clients can show it.
 *
 * @param facts further extensions of the error
 * @param reason label of `http_requests_refused_total` where the code does not tell it
 */
export function sendRefusal(
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  facts: Readonly<Record<string, number>> = {},
  reason?: string,
): void {
  noteOutcome(response.req, { operation: undefined, code, reason });
  sendJson(response, status, { errors: [{ message, extensions: { code, ...facts } }] });
}
