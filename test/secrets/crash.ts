/** Preloaded into a gateway: makes it crash during its first signed call, in the way that `CRASH` names. */
import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import process from 'node:process';

/** Node's diagnostics channel for each socket before it connects. */
interface Opened {
  readonly socket: Socket;
}

subscribe('net.client.socket', (message) => {
  const { socket } = message as Opened;
  // After `connect`, which makes every socket writable. Nothing is sent; otherwise a response could arrive first.
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
  // Node exits on an uncaught error.
  process.nextTick(() => {
    if (process.env.CRASH === 'throw') throw carrying;
    void Promise.reject(process.env.CRASH === 'reject' ? carrying : request);
  });
  return true;
}
