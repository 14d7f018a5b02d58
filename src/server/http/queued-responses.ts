import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type FaultHandler, guarded } from '../../guarded.ts';

/** Most requests that wait behind the current response of their connection; clients that pipeline send a handful. */
const MAX_QUEUED = 100;

/** How many wait, by connection. */
const queueLengths = new WeakMap<Socket, number>();

/**
 * Serves a request whose response has no socket yet, once that response is the one that its connection writes. A request that is pipelined behind others waits for
 * their responses, and each connection has at most one request served in a turn of the event loop: else a megabyte of pipelined
 * requests would be executed before anybody else's. What still waits when the connection closes is never executed. A connection
 * with more than {@link MAX_QUEUED} waiting requests is closed.
 *
 * @param failed gets what `serve` throws
 */
export function serveInTurn(response: ServerResponse, serve: () => void, failed: FaultHandler): void {
  const { socket } = response.req;
  const length = (queueLengths.get(socket) ?? 0) + 1;
  if (length > MAX_QUEUED) {
    socket.destroy();
    return;
  }
  queueLengths.set(socket, length);
  const serveIfOpen = guarded(() => {
    if (!response.destroyed) serve();
  }, failed);
  const takeTurn = guarded(() => {
    queueLengths.set(socket, (queueLengths.get(socket) ?? 1) - 1);
    setImmediate(serveIfOpen);
  }, failed);
  response.once('socket', takeTurn);
}

/**
 * Calls a listener when a response is over; at once where it is over already, because `close` is emitted only once. What it
 * throws closes the connection.
 *
 * @returns what takes the listener off again
 */
export function onceClosed(response: ServerResponse, listener: () => void): () => void {
  const closed = guarded(listener, () => response.req.socket.destroy());
  if (response.closed) closed();
  else response.once('close', closed);
  return () => response.off('close', closed);
}
