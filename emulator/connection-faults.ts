import type { ServerResponse } from 'node:http';
import type { OpenCall } from './calls.ts';
import type { ConnectionFault } from './faults.ts';
import { json, type WireResponse } from './responses.ts';
import { writeHead } from './send.ts';

/**
 * Applies a fault to the connection. What continues after the return (dribbling, an endless body) ends when the client
 * disconnects or the emulator closes. Only `resetMidBody` calls `makeResponse`.
 */
export function applyConnectionFault(
  fault: ConnectionFault,
  call: OpenCall,
  res: ServerResponse,
  makeResponse: () => WireResponse,
): void {
  call.outcome = fault.kind;
  switch (fault.kind) {
    case 'reset':
      // A reset instead of an orderly end, so that the client gets ECONNRESET.
      res.socket?.resetAndDestroy();
      return;
    case 'resetMidBody':
      resetMidBody(call, res, makeResponse());
      return;
    case 'hang':
      return;
    case 'dribble':
      dribble(call, res, fault.everyMs);
      return;
    case 'endless':
      sendEndlessList(call, res);
      return;
  }
}

function resetMidBody(call: OpenCall, res: ServerResponse, response: WireResponse): void {
  const { body } = response;
  writeHead(res, call, { ...response, outcome: call.outcome }, body.length);
  // Ends the connection early instead of a TCP reset: on a reset, the client's kernel drops unread bytes, sometimes even the
  // headers.
  res.write(body.subarray(0, body.length / 2), () => res.destroy());
}

function dribble(call: OpenCall, res: ServerResponse, everyMs: number): void {
  writeHead(res, call, { status: 200, contentType: json, outcome: call.outcome }, null);
  res.write('{');
  // JSON allows any amount of white space, so no parser gives up early.
  const timer = setInterval(() => res.write(' '), everyMs);
  res.once('close', () => clearInterval(timer));
}

const endlessRows = Buffer.from(
  `${JSON.stringify({ JobId: '0'.repeat(32), VoiceId: 'endless', Status: 'Success', Type: 'Basic' })},`.repeat(
    400,
  ),
);

function sendEndlessList(call: OpenCall, res: ServerResponse): void {
  writeHead(res, call, { status: 200, contentType: json, outcome: call.outcome }, null);
  const rowsName = call.action === 'ListCustomizedVoices' ? 'CustomizedVoiceList' : 'CustomizedVoiceJobList';
  res.write(`{"RequestId":"${call.requestId}","Success":true,"Data":{"${rowsName}":[`);
  const pour = (): void => {
    if (res.destroyed) return;
    // One chunk per iteration of the event loop; a fast reader would otherwise block it.
    if (res.write(endlessRows)) setImmediate(pour);
    else res.once('drain', () => setImmediate(pour));
  };
  pour();
}
