import { type IncomingMessage, type RequestListener, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { sendRefusal } from '../respond.ts';

/** A connection that is to become a WebSocket. */
export interface Upgrade {
  readonly socket: Duplex;
  /** What the client has sent beyond the head. */
  readonly head: Buffer;
}

const UPGRADE = Symbol('upgrade');

/** A property of the request and no WeakMap: it is looked for on each request. */
type Upgrading = IncomingMessage & { [UPGRADE]?: Upgrade };

/** Undefined for a request that is to be answered. */
export function upgradeOf(request: IncomingMessage): Upgrade | undefined {
  return (request as Upgrading)[UPGRADE];
}

/** As {@link upgradeOf}, for who uses it: the request stays as long as the connection, and need not hold on to its bytes. */
export function takeUpgrade(request: IncomingMessage): Upgrade | undefined {
  const upgrade = upgradeOf(request);
  delete (request as Upgrading)[UPGRADE];
  return upgrade;
}

/** Whether a client wants a WebSocket. Who names another protocol, such as h2c, gets its answer in this one. */
export function asksForWebSocket({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket';
}

/**
 * Leads requests for a WebSocket to the listener of all requests, so that they are named, logged, counted and refused like
 * those. Who takes over the connection writes the head 101 on the response and nothing more; the response closes when the
 * connection does.
 *
 * @returns a listener of the event `upgrade`
 * @see https://nodejs.org/docs/latest-v24.x/api/http.html#event-upgrade_1
 */
export function createUpgradeListener(listener: RequestListener) {
  return (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    // Node has let go of the connection, errors included.
    socket.on('error', () => socket.destroy());
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(request.socket);
    response.on('finish', () => request.socket.destroySoon());
    // Older versions of Node bring whatever names a protocol, and cannot read a body any more.
    if (!asksForWebSocket(request)) {
      sendRefusal(response, 400, 'BAD_REQUEST', 'No other protocol is spoken here; ask without `upgrade`.');
      return;
    }
    (request as Upgrading)[UPGRADE] = { socket, head };
    listener(request, response);
  };
}
