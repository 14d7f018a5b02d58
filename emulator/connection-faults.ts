import type { ServerResponse } from 'node:http';
import { type Answer, json } from './answers.ts';
import type { OpenCall } from './calls.ts';
import type { ConnectionFault } from './faults.ts';
import { writeHead } from './send.ts';

/**
 * Carries out a fault of the connection. What goes on after it returns (dribbling, an endless body) ends when the
 * client leaves or the emulator closes. `sound` makes the true answer and is called by `resetMidBody` only.
 */
export function strike(
  fault: ConnectionFault,
  call: OpenCall,
  res: ServerResponse,
  sound: () => Answer,
): void {
  call.outcome = fault.kind;
  switch (fault.kind) {
    case 'reset':
      // A reset rather than an orderly end, so that the client sees ECONNRESET.
      res.socket?.resetAndDestroy();
      return;
    case 'resetMidBody':
      resetMidBody(call, res, sound());
      return;
    case 'hang':
      return;
    case 'dribble':
      dribble(call, res, fault.everyMs);
      return;
    case 'endless':
      pourOut(call, res);
      return;
  }
}

function resetMidBody(call: OpenCall, res: ServerResponse, answer: Answer): void {
  const { body } = answer;
  writeHead(res, call, { ...answer, outcome: call.outcome }, body.length);
  // An end without the rest, not a TCP reset: on a reset the client's kernel drops what it has not read yet, and
  // sometimes that is all of it, headers included.
  res.write(body.subarray(0, body.length / 2), () => res.destroy());
}

function dribble(call: OpenCall, res: ServerResponse, everyMs: number): void {
  writeHead(res, call, { status: 200, contentType: json, outcome: call.outcome }, null);
  res.write('{');
  // JSON may go on with blanks for ever, so no parser can give up early.
  const timer = setInterval(() => res.write(' '), everyMs);
  res.once('close', () => clearInterval(timer));
}

const endlessRows = Buffer.from(
  `${JSON.stringify({ JobId: '0'.repeat(32), VoiceId: 'endless', Status: 'Success', Type: 'Basic' })},`.repeat(
    400,
  ),
);

function pourOut(call: OpenCall, res: ServerResponse): void {
  writeHead(res, call, { status: 200, contentType: json, outcome: call.outcome }, null);
  const rowsName = call.action === 'ListCustomizedVoices' ? 'CustomizedVoiceList' : 'CustomizedVoiceJobList';
  res.write(`{"RequestId":"${call.requestId}","Success":true,"Data":{"${rowsName}":[`);
  const pour = (): void => {
    if (res.destroyed) return;
    // One chunk per turn of the event loop, else a fast reader would leave no turn to anyone else.
    if (res.write(endlessRows)) setImmediate(pour);
    else res.once('drain', () => setImmediate(pour));
  };
  pour();
}
