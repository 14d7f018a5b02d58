import type { ServerResponse } from 'node:http';
import type { Answer } from './answers.ts';
import type { OpenCall } from './calls.ts';

/** What the emulator calls itself in the `server` header, so that nobody takes it for the vendor. */
export const serverName = 'voice-jobs-emulator';

/** Sends a complete answer and closes the record of the call. */
export function send(res: ServerResponse, call: OpenCall, answer: Answer): void {
  writeHead(res, call, answer, answer.body.length);
  res.end(answer.body);
}

/** Sends status line and headers only. `lengthBytes` null means a body of unknown length (chunked). */
export function writeHead(
  res: ServerResponse,
  call: OpenCall,
  answer: Pick<Answer, 'status' | 'contentType' | 'outcome' | 'headers'>,
  lengthBytes: number | null,
): void {
  call.outcome = answer.outcome;
  call.httpStatus = answer.status;
  res.writeHead(answer.status, {
    server: serverName,
    'x-acs-request-id': call.requestId,
    'content-type': answer.contentType,
    ...(lengthBytes === null ? {} : { 'content-length': lengthBytes }),
    ...answer.headers,
  });
}
