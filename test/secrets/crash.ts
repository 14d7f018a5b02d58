/** Loaded into a gateway before it starts: makes it crash, in the middle of its first signed call, as `CRASH` says. */
import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import process from 'node:process';

/** What Node tells of each socket before it connects. */
interface Opened {
  readonly socket: Socket;
}

subscribe('net.client.socket', (message) => {
  const { socket } = message as Opened;
  // After `connect`, which makes every socket write as sockets do. Nothing is sent, or there would be an answer before the end.
  process.nextTick(() => {
    socket.write = crash;
  });
});

function crash(text: unknown): boolean {
  const said = `cannot send ${text}`;
  const request = { headers: text };
  const carrying = Object.assign(new Error(said), {
    request,
    cause: Object.assign(new Error(said), { request }),
  });
  // Node ends where nobody catches it.
  process.nextTick(() => {
    if (process.env.CRASH === 'throw') throw carrying;
    void Promise.reject(process.env.CRASH === 'reject' ? carrying : request);
  });
  return true;
}
