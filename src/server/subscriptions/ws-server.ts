import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { GRAPHQL_TRANSPORT_WS_PROTOCOL } from 'graphql-ws';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { guarded } from '../../guarded.ts';
import type { Guard } from '../access/access-control.ts';
import { clientKeyOf } from '../access/address.ts';
import { verdictOf } from '../access/caller-verdict.ts';
import { sendRefusal } from '../http/responses.ts';
import { type CommonHeaders, setHeaders } from '../http/routes.ts';
import type { Upgrade } from '../http/upgrade.ts';
import type { StreamsContext } from './http-subscriptions.ts';
import { Connection } from './ws-connection.ts';
import { createProtocol, type Peer, type WebSocketEndpoint } from './ws-session.ts';

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
  readonly #protocols = new WeakMap<WebSocketEndpoint, ReturnType<typeof createProtocol>>();
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
      // Another protocol is accepted too, and the connection closed with 4406: a browser whose protocols are all declined says
      // 1006, which may mean anything.
      handleProtocols: (protocols) =>
        protocols.has(GRAPHQL_TRANSPORT_WS_PROTOCOL)
          ? GRAPHQL_TRANSPORT_WS_PROTOCOL
          : ([...protocols][0] ?? false),
    });
    const failed = (request: IncomingMessage) => (error: unknown) => {
      options.streams.log.error({ err: error }, 'unexpected error in a WebSocket handshake');
      request.socket.destroy();
    };
    this.#server.on('headers', (headers, request) =>
      guarded(() => this.#addHeaders(headers, request), failed(request))(),
    );
    this.#server.on('wsClientError', (error, _socket, request) =>
      guarded(() => this.#refuse(error, request), failed(request))(),
    );
  }

  #addHeaders(headers: string[], request: IncomingMessage): void {
    const { common = [] } = this.#responses.get(request) ?? {};
    for (let index = 0; index < common.length; index += 2)
      headers.push(`${common[index]}: ${common[index + 1]}`);
  }

  #refuse(error: Error, request: IncomingMessage): void {
    const { response, common = [] } = this.#responses.get(request) ?? {};
    if (response === undefined) return;
    setHeaders(response, common);
    sendRefusal(response, 400, 'BAD_REQUEST', `This is no WebSocket handshake: ${error.message}.`);
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
    const connection = new Connection(webSocket, {
      isAuthorized: () => peer.credentials === undefined || guard.admits(peer.credentials),
      client: () => clientKeyOf(request, verdictOf(request)),
      backlog: streams.backlog,
      log: streams.log,
    });
    const { failed } = connection;
    const peer: Peer = {
      connection,
      request,
      credentials: enter === undefined ? guard.credentialsOf(request) : undefined,
      enter,
    };
    webSocket.once('close', guarded(streams.open.add(connection), failed));
    const session = this.#protocolOf(endpoint)(peer, failed);
    webSocket.on(
      'message',
      guarded((data: RawData, isBinary: boolean) => session.receive(textOf(data, isBinary)), failed),
    );
  }

  #protocolOf(endpoint: WebSocketEndpoint): ReturnType<typeof createProtocol> {
    let protocol = this.#protocols.get(endpoint);
    if (protocol === undefined) {
      protocol = createProtocol(endpoint, this.#options.guard, this.#options.streams);
      this.#protocols.set(endpoint, protocol);
    }
    return protocol;
  }
}

/** Of a text frame the library has checked that it is UTF-8. What cannot be decoded is no message of the protocol. */
function textOf(data: RawData, isBinary: boolean): string {
  return isBinary && !isUtf8(data as Buffer) ? '' : String(data);
}
