import { isUtf8 } from 'node:buffer';
import { GRAPHQL_TRANSPORT_WS_PROTOCOL } from 'graphql-ws';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { guarded } from '../../guarded.ts';
import type { AccessControl } from '../access/access-control.ts';
import type { RequestContext } from '../http/request-context.ts';
import { sendError } from '../http/responses.ts';
import type { StreamsContext } from './http-subscriptions.ts';
import type { SubscriptionSource } from './subscription-source.ts';
import { WsConnection } from './ws-connection.ts';
import { type Peer, WsSession } from './ws-session.ts';

/** What all WebSockets share. */
export interface WsServerOptions {
  readonly access: AccessControl;
  readonly streams: StreamsContext;
  /** Longest message that is read, in bytes. */
  readonly maxMessageBytes: number;
}

/** Makes WebSockets of requests. Loading this file loads the libraries for them. */
export class WsServer {
  readonly #options: WsServerOptions;
  readonly #server: WebSocketServer;
  /** The request in whose handshake the library is: it emits its events synchronously, and brings nothing of ours along. */
  #opening: RequestContext | undefined;

  constructor(options: WsServerOptions) {
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
    const failed = (error: unknown) => {
      options.streams.log.error({ err: error }, 'unexpected error in a WebSocket handshake');
      this.#opening?.request.socket.destroy();
    };
    const addHeaders = (lines: string[]) => {
      const { headers = [] } = this.#opening ?? {};
      for (let index = 0; index < headers.length; index += 2)
        lines.push(`${headers[index]}: ${headers[index + 1]}`);
    };
    const reject = ({ message }: Error) => {
      if (this.#opening !== undefined)
        sendError(this.#opening, 400, 'BAD_REQUEST', `Invalid WebSocket handshake: ${message}.`);
    };
    this.#server.on('headers', guarded(addHeaders, failed));
    this.#server.on('wsClientError', guarded(reject, failed));
  }

  /** @param enter counts the connection once it has authenticated by its first message; undefined where it need not */
  open(context: RequestContext, source: SubscriptionSource, enter: Peer['enter']): void {
    const { request, response, upgrade } = context;
    if (upgrade === undefined) return;
    // The context lives as long as the connection, and need not hold on to the first bytes.
    context.upgrade = undefined;
    this.#opening = context;
    try {
      this.#server.handleUpgrade(request, upgrade.socket, upgrade.head, (webSocket) => {
        // For the log: the library writes its own.
        response.writeHead(101);
        this.#serve(webSocket, context, source, enter);
      });
    } finally {
      this.#opening = undefined;
    }
  }

  #serve(webSocket: WebSocket, context: RequestContext, source: SubscriptionSource, enter: Peer['enter']) {
    const { access, streams } = this.#options;
    const connection = new WsConnection(webSocket, {
      client: () => context.clientKey,
      backlog: streams.backlog,
      log: streams.log,
    });
    const { failed } = connection;
    const credentials = enter === undefined ? access.credentialsOf(context.request) : undefined;
    const peer: Peer = { source, access, streams, connection, context, credentials, enter };
    const isAuthorized = () => peer.credentials === undefined || access.admits(peer.credentials);
    webSocket.once('close', guarded(streams.open.add(connection, isAuthorized), failed));
    const session = new WsSession(peer);
    webSocket.on(
      'message',
      guarded((data: RawData, isBinary: boolean) => session.receive(textOf(data, isBinary)), failed),
    );
  }
}

/** Of a text frame the library has checked that it is UTF-8. What cannot be decoded is no message of the protocol. */
function textOf(data: RawData, isBinary: boolean): string {
  return isBinary && !isUtf8(data as Buffer) ? '' : String(data);
}
