import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type FaultHandler, guarded } from '../../guarded.ts';

/**
 * Maximum number of requests pipelined behind the current response of a connection. Clients that pipeline send a
 * handful.
 */
const MAX_QUEUED = 100;

/** Number of queued requests by connection. */
const queueLengths = new WeakMap<Socket, number>();

/**
 * Serves a pipelined request when its response becomes the current one of its connection. Each connection has at most
 * one request served per iteration of the event loop; otherwise a megabyte of pipelined requests would run before those
 * of any other client. Requests still queued when the connection closes are never executed. A connection with more than
 * {@link MAX_QUEUED} queued requests is closed.
 *
 * @param failed receives errors thrown by `serve`
 */
export function serveQueued(response: ServerResponse, serve: () => void, failed: FaultHandler): void {
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
  const dequeue = guarded(() => {
    queueLengths.set(socket, (queueLengths.get(socket) ?? 1) - 1);
    setImmediate(serveIfOpen);
  }, failed);
  response.once('socket', dequeue);
}

/**
 * Calls a listener when a response closes; at once when it has closed already, because `close` is emitted only once. An
 * error thrown by the listener closes the connection.
 *
 * @returns removes the listener
 */
export function onceClosed(response: ServerResponse, listener: () => void): () => void {
  const closed = guarded(listener, () => response.req.socket.destroy());
  if (response.closed) closed();
  else response.once('close', closed);
  return () => response.off('close', closed);
}
