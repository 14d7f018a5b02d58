import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type FaultHandler, guarded } from '../../guarded.ts';

/** Responses that wait for an earlier response of the same connection, by its socket. */
const queued = new WeakMap<Socket, Set<ServerResponse>>();

/**
 * Makes a response emit `close` when its connection closes. Node does so only for the response that it writes at present, so
 * that a subscription whose response is queued behind another one would never end.
 *
 * @param failed gets what a listener of `close` throws
 */
export function closeWithSocket(response: ServerResponse, socket: Socket, failed: FaultHandler): void {
  const responses = queued.get(socket) ?? new Set();
  if (!queued.has(socket)) {
    const close = guarded((one: ServerResponse) => {
      // From the moment that a response has the socket, Node closes it.
      if (one.socket !== null || one.closed || one.writableFinished) return;
      one.destroy();
      one.emit('close');
    }, failed);
    const closeAll = guarded(() => responses.forEach(close), failed);
    socket.once('close', closeAll);
    queued.set(socket, responses);
  }
  responses.add(response);
  response.once(
    'close',
    guarded(() => responses.delete(response), failed),
  );
}

/**
 * Calls a listener when a response is over; at once where it is over already, because `close` is emitted only once. What it
 * throws closes the connection.
 *
 * @returns what takes the listener off again
 */
export function onceClosed(response: ServerResponse, listener: () => void): () => void {
  const closed = guarded(listener, () => response.req.socket.destroy());
  if (response.closed || (response.destroyed && response.socket === null)) closed();
  else response.once('close', closed);
  return () => response.off('close', closed);
}
