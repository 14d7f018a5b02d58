import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { type FaultHandler, guarded } from '../../guarded.ts';
import { RequestContext, type Upgrade } from './request-context.ts';
import { sendError } from './responses.ts';
import { MeasuredResponse } from './send-backlog.ts';

/** Takes every request, those for a WebSocket among them. */
export type Listener = (request: IncomingMessage, response: ServerResponse, upgrade?: Upgrade) => void;

/** Timeouts for slow clients, in milliseconds. */
export const TIMEOUTS = {
  /** To send the head of a request: it fits into a few packets. */
  headersMs: 10_000,
  /** To send a whole request: 100 kB, the largest body by default, over a line of 32 kbit/s. The response may take longer. */
  requestMs: 30_000,
  /**
   * To send the next request on a connection: longer than the 60 s of common load balancers, which would otherwise send a
   * request into a connection that is closing.
   */
  keepAliveMs: 65_000,
  /**
   * For nothing at all to come or go, in the midst of a request or of its response: longer than two upstream reads of 60 s, the
   * longest deadline. Ends clients that do not read their response.
   */
  silenceMs: 150_000,
  /** Interval of the checks of the first two. Node's own 30 s would double them. */
  checkMs: 2_000,
};

export type Timeouts = Readonly<typeof TIMEOUTS>;

/** Longest head of a request, in bytes: Node's default. A longer one is a token that should be shorter. */
const MAX_HEAD_BYTES = 16_384;

/** Most headers of a request; browsers behind proxies send forty. Node rejects more, or leaves out what comes after. */
const MAX_HEADERS = 100;

/**
 * A server that slow clients cannot occupy for long: what takes too long to arrive gets 408 and is cut off. The number of
 * requests on one connection is not limited, because a client could open another.
 *
 * @param log gets what is thrown while a connection is upgraded
 * @see https://nodejs.org/docs/latest-v24.x/api/http.html#serverrequesttimeout
 */
export function createHttpServer(listener: Listener, timeouts: Timeouts = TIMEOUTS, log?: Logger): Server {
  const server = createServer(
    {
      headersTimeout: timeouts.headersMs,
      requestTimeout: timeouts.requestMs,
      keepAliveTimeout: timeouts.keepAliveMs,
      connectionsCheckingInterval: timeouts.checkMs,
      maxHeaderSize: MAX_HEAD_BYTES,
      shouldUpgradeCallback: asksForWebSocket,
      ServerResponse: MeasuredResponse,
    },
    // Node's own arguments alone: requests for a WebSocket come by the other event.
    (request, response) => listener(request, response),
  );
  server.on('upgrade', (request, socket, head) => {
    const failed = (error: unknown) => {
      log?.error({ err: error }, 'unexpected error, closing the connection');
      socket.destroy();
    };
    guarded(upgrade, failed)(listener, request, { socket, head }, failed);
  });
  server.maxHeadersCount = MAX_HEADERS;
  server.timeout = timeouts.silenceMs;
  return server;
}

/** Whether a client wants a WebSocket. One that names another protocol, such as h2c, gets its response in this one. */
function asksForWebSocket({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket';
}

/**
 * Passes a request for a WebSocket to the listener of all requests. Whoever takes over the connection writes the head 101 on the
 * response and nothing more; the response closes when the connection does. A request that is pipelined behind an unfinished
 * response closes the connection: Node has no place for a second response.
 *
 * @see https://nodejs.org/docs/latest-v24.x/api/http.html#event-upgrade_1
 */
function upgrade(
  listener: Listener,
  request: IncomingMessage,
  connection: Upgrade,
  failed: FaultHandler,
): void {
  const { socket } = connection;
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
    guarded(() => request.socket.destroySoon(), failed),
  );
  // Older versions of Node bring whatever names a protocol, and cannot read a body any more.
  if (asksForWebSocket(request)) listener(request, response, connection);
  else {
    const context = new RequestContext(request, response, undefined, () => '');
    sendError(
      context,
      400,
      'BAD_REQUEST',
      'This path supports no protocol upgrade. Send the request without `upgrade`.',
    );
  }
}
