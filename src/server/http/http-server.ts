import { createServer, type RequestListener, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { guarded } from '../../guarded.ts';
import { MeasuredResponse } from './send-backlog.ts';
import { asksForWebSocket, createUpgradeListener } from './upgrade.ts';

/** How long a client may take for what, in milliseconds. */
export interface Patience {
  /** To send the head of a request. */
  readonly headersMs: number;
  /** To send a whole request. An answer may take longer: this ends when the last byte of the request is there. */
  readonly requestMs: number;
  /** To ask again on a connection that is kept. */
  readonly keepAliveMs: number;
  /** For nothing at all to come or go, in the midst of a request or of its answer. */
  readonly silenceMs: number;
  /** How often the first two are looked at. */
  readonly checkMs: number;
}

export const PATIENCE: Patience = {
  // A head fits into a few packets: only who means to occupy a connection takes longer.
  headersMs: 10_000,
  // 100 kB, the largest body by default, over a line of 32 kbit/s.
  requestMs: 30_000,
  // Longer than the 60 s of common load balancers, which would otherwise send a request into a connection that is closing.
  keepAliveMs: 65_000,
  // Longer than two upstream reads of 60 s, the longest deadline, one after the other. Ends who does not read its answer.
  silenceMs: 150_000,
  // So that none of the above is overdrawn by more than this; Node's own 30 s would double them.
  checkMs: 2_000,
};

/** Bytes of a request's head: Node's default, said here because a longer one is a token that should be shorter. */
const MAX_HEAD_BYTES = 16_384;

/** Headers of a request; browsers behind proxies send forty. Node refuses more, or leaves out what comes after. */
const MAX_HEADERS = 100;

/**
 * A server that slow clients cannot occupy for long. What takes too long to arrive is answered with 408 and cut off, and
 * what was read of it is let go. The number of requests on one connection is not limited: it would hinder nobody, as who
 * wants another connection gets it, and cost busy clients a handshake.
 *
 * @param log gets what is thrown while a connection is upgraded
 * @see https://nodejs.org/docs/latest-v24.x/api/http.html#serverrequesttimeout
 */
export function createHttpServer(
  listener: RequestListener,
  patience: Patience = PATIENCE,
  log?: Logger,
): Server {
  const server = createServer(
    {
      headersTimeout: patience.headersMs,
      requestTimeout: patience.requestMs,
      keepAliveTimeout: patience.keepAliveMs,
      connectionsCheckingInterval: patience.checkMs,
      maxHeaderSize: MAX_HEAD_BYTES,
      shouldUpgradeCallback: asksForWebSocket,
      ServerResponse: MeasuredResponse,
    },
    listener,
  );
  const failed = (socket: Duplex) => (error: unknown) => {
    log?.error({ err: error }, 'unexpected error; the connection is closed');
    socket.destroy();
  };
  const upgrade = createUpgradeListener(listener, failed);
  server.on('upgrade', (request, socket, head) => guarded(upgrade, failed(socket))(request, socket, head));
  server.maxHeadersCount = MAX_HEADERS;
  server.timeout = patience.silenceMs;
  return server;
}
