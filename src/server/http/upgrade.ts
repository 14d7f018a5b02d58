import type { IncomingMessage, RequestListener } from 'node:http';
import type { Duplex } from 'node:stream';
import { type FaultHandler, guarded } from '../../guarded.ts';
import { sendRefusal } from './responses.ts';
import { MeasuredResponse } from './send-backlog.ts';

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
 * Leads requests for a WebSocket to the listener of all requests, so that they are named, logged, counted and rejected like
 * those. Who takes over the connection writes the head 101 on the response and nothing more; the response closes when the
 * connection does.
 *
 * A request that is pipelined behind one whose response is not finished closes the connection: no client that means to speak
 * WebSocket sends such, and Node has no place for a second response.
 *
 * @param failed makes the fault handler of a connection, which closes it
 * @returns a listener of the event `upgrade`
 * @see https://nodejs.org/docs/latest-v24.x/api/http.html#event-upgrade_1
 */
export function createUpgradeListener(listener: RequestListener, failed: (socket: Duplex) => FaultHandler) {
  return (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    // Node has let go of the connection, its errors and its timeout included.
    socket.on('error', () => socket.destroy());
    socket.on('timeout', () => socket.destroy());
    const response = new MeasuredResponse(request);
    response.shouldKeepAlive = false;
    try {
      response.assignSocket(request.socket);
    } catch {
      socket.destroy();
      return;
    }
    response.on(
      'finish',
      guarded(() => request.socket.destroySoon(), failed(socket)),
    );
    // Older versions of Node bring whatever names a protocol, and cannot read a body any more.
    if (!asksForWebSocket(request)) {
      sendRefusal(response, 400, 'BAD_REQUEST', 'No other protocol is spoken here; ask without `upgrade`.');
      return;
    }
    (request as Upgrading)[UPGRADE] = { socket, head };
    listener(request, response);
  };
}
