import type { ServerResponse } from 'node:http';
import type { OpenCall } from './calls.ts';
import type { WireResponse } from './responses.ts';

/** Value of the `server` header, so that the emulator is not mistaken for the vendor. */
export const serverName = 'voice-jobs-emulator';

/** Sends a complete response and finishes the record of the call. */
export function send(res: ServerResponse, call: OpenCall, response: WireResponse): void {
  writeHead(res, call, response, response.body.length);
  res.end(response.body);
}

/** Sends status line and headers only. `lengthBytes` null means an unknown length (chunked). */
export function writeHead(
  res: ServerResponse,
  call: OpenCall,
  response: Pick<WireResponse, 'status' | 'contentType' | 'outcome' | 'headers'>,
  lengthBytes: number | null,
): void {
  call.outcome = response.outcome;
  call.httpStatus = response.status;
  res.writeHead(response.status, {
    server: serverName,
    'x-acs-request-id': call.requestId,
    'content-type': response.contentType,
    ...(lengthBytes === null ? {} : { 'content-length': lengthBytes }),
    ...response.headers,
  });
}
