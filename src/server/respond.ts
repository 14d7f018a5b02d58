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
 * Refuses a request before it reaches GraphQL, in the form of a GraphQL answer so that clients can show it.
 *
 * @param facts of the error for programs, beside its code
 */
export function sendRefusal(
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  facts: Readonly<Record<string, number>> = {},
): void {
  noteOutcome(response.req, { operation: undefined, code });
  sendJson(response, status, { errors: [{ message, extensions: { code, ...facts } }] });
}
