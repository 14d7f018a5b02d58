import type { IncomingMessage, ServerResponse } from 'node:http';
import { GRAPHQL_TRANSPORT_WS_PROTOCOL, type Server } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Guard } from '../guard.ts';
import { sendRefusal } from '../respond.ts';
import { type CommonHeaders, setHeaders } from '../routes.ts';
import type { StreamsContext } from '../streams/event-streams.ts';
import { CLOSE } from './close.ts';
import { Connection } from './connection.ts';
import { createProtocol, type Peer, type WebSocketEndpoint } from './protocol.ts';
import type { Upgrade } from './upgrade.ts';

/** What all connections have in common. */
export interface ConnectionsOptions {
  readonly guard: Guard;
  readonly streams: StreamsContext;
  /** Longest message that is read, in bytes. */
  readonly maxMessageBytes: number;
}

/** Makes WebSockets of requests. Loading this file loads the libraries that it takes. */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #server: WebSocketServer;
  readonly #protocols = new WeakMap<WebSocketEndpoint, Server<Peer>>();
  readonly #responses = new WeakMap<IncomingMessage, { response: ServerResponse; common: CommonHeaders }>();

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: options.maxMessageBytes,
      // Results are a few hundred bytes, and each compressing connection would take a hundred times as much.
      perMessageDeflate: false,
      autoPong: false,
      handleProtocols: (protocols) =>
        protocols.has(GRAPHQL_TRANSPORT_WS_PROTOCOL) && GRAPHQL_TRANSPORT_WS_PROTOCOL,
    });
    this.#server.on('headers', (headers, request) => {
      const { common = [] } = this.#responses.get(request) ?? {};
      for (let index = 0; index < common.length; index += 2)
        headers.push(`${common[index]}: ${common[index + 1]}`);
    });
    this.#server.on('wsClientError', (error, _socket, request) => {
      const { response, common = [] } = this.#responses.get(request) ?? {};
      if (response === undefined) return;
      setHeaders(response, common);
      sendRefusal(response, 400, 'BAD_REQUEST', `This is no WebSocket handshake: ${error.message}.`);
    });
  }

  /** @param enter counts the connection once it has authenticated by its first message; undefined where it need not */
  open(
    request: IncomingMessage,
    response: ServerResponse,
    common: CommonHeaders,
    { socket, head }: Upgrade,
    endpoint: WebSocketEndpoint,
    enter: Peer['enter'],
  ): void {
    this.#responses.set(request, { response, common });
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      // For the log: the library writes its own.
      response.writeHead(101);
      this.#serve(webSocket, request, endpoint, enter);
    });
  }

  #serve(
    webSocket: WebSocket,
    request: IncomingMessage,
    endpoint: WebSocketEndpoint,
    enter: Peer['enter'],
  ): void {
    const { guard, streams } = this.#options;
    const { log } = streams;
    const connection = new Connection(webSocket, {
      isWelcome: () => peer.credentials === undefined || guard.admits(peer.credentials),
      log,
    });
    const peer: Peer = {
      connection,
      request,
      credentials: enter === undefined ? guard.credentialsOf(request) : undefined,
      enter,
      leaves: new Map(),
    };
    const leave = streams.open.add(connection);
    const fail = (error: unknown) => {
      if (isOutOfPlace(error)) return connection.close(CLOSE.broken.code, CLOSE.broken.reason);
      log.error({ err: error }, 'unexpected error on a WebSocket');
      connection.close(CLOSE.failed.code, CLOSE.failed.reason);
    };
    const closed = this.#protocolOf(endpoint).opened(
      {
        protocol: connection.protocol,
        send: (text) => connection.send(text),
        close: (code = CLOSE.failed.code, reason = '') => connection.close(code, reason),
        onMessage: (heard) => webSocket.on('message', (data) => void heard(String(data)).catch(fail)),
      },
      peer,
    );
    webSocket.once('close', (code, reason) => {
      leave();
      for (const leave of peer.leaves.values()) leave();
      closed(code, String(reason)).catch(fail);
    });
  }

  #protocolOf(endpoint: WebSocketEndpoint): Server<Peer> {
    let protocol = this.#protocols.get(endpoint);
    if (protocol === undefined) {
      protocol = createProtocol(endpoint, this.#options.guard, this.#options.streams);
      this.#protocols.set(endpoint, protocol);
    }
    return protocol;
  }
}

/** A message that only a server may send: the library takes that for an error of its own. */
function isOutOfPlace(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Unexpected message of type');
}
