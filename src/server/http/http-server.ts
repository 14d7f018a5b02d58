import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { type FaultHandler, guarded } from '../../guarded.ts';
import { RequestContext, type Upgrade } from './request-context.ts';
import { sendError } from './responses.ts';
import { MeasuredResponse } from './send-backlog.ts';

/** Handles every request, including WebSocket upgrades. */
export type Listener = (request: IncomingMessage, response: ServerResponse, upgrade?: Upgrade) => void;

/** Timeouts against slow clients, in milliseconds. */
export const TIMEOUTS = {
  /** For receiving the request headers, which fit into a few packets. */
  headersMs: 10_000,
  /**
   * For receiving a whole request: 100 kB, the default maximum body, over a line of 32 kbit/s. The response may take
   * longer.
   */
  requestMs: 30_000,
  /**
   * Keep-alive timeout of an idle connection. Longer than the 60 s of common load balancers, which would otherwise send
   * requests into a connection that is closing.
   */
  keepAliveMs: 65_000,
  /**
   * For a socket without any traffic while a request or its response is unfinished: longer than two upstream reads of
   * 60 s, the longest deadline. Also terminates clients that stop reading the response.
   */
  silenceMs: 150_000,
  /**
   * Interval of the checks for `headersMs` and `requestMs`. Node's default of 30 s would let slow requests live that
   * much longer.
   */
  checkMs: 2_000,
};

export type Timeouts = Readonly<typeof TIMEOUTS>;

/** Maximum size of the request headers, in bytes: Node's default. Only an oversized token exceeds it. */
const MAX_HEAD_BYTES = 16_384;

/**
 * Maximum number of request headers; browsers behind proxies send about forty. Node rejects a request with more, or
 * drops the rest.
 */
const MAX_HEADERS = 100;

/**
 * Creates a server that slow clients cannot occupy for long: a request that takes too long to arrive gets 408 and its
 * connection is closed. Requests per connection are not limited, because a client could open another connection.
 *
 * @param log receives errors thrown during an upgrade
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
    // Drops further arguments: WebSocket upgrades come through the `upgrade` event.
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

/** Whether a client asks for a WebSocket. A request for another protocol, such as h2c, is served over HTTP/1.1. */
function asksForWebSocket({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket';
}

/**
 * Passes a WebSocket upgrade to the listener of all requests. The handler that takes over the connection writes only
 * the status line and headers of a 101 response; the response closes with the connection. An upgrade that is pipelined
 * behind an unfinished response closes the connection, because Node cannot queue a second response for it.
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
  // Node has detached the socket: its errors and timeouts are ours to handle.
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
  // Older versions of Node emit `upgrade` for every protocol, after which a body cannot be read.
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
