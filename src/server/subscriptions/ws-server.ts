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

/** Settings that all WebSockets share. */
export interface WsServerOptions {
  readonly access: AccessControl;
  readonly streams: StreamsContext;
  /** Maximum size of a message, in bytes. */
  readonly maxMessageBytes: number;
}

/** Upgrades requests to WebSockets. Importing this file loads the libraries for them. */
export class WsServer {
  readonly #options: WsServerOptions;
  readonly #server: WebSocketServer;
  /** The request whose handshake is in progress. The library emits its events synchronously, without a reference to it. */
  #opening: RequestContext | undefined;

  constructor(options: WsServerOptions) {
    this.#options = options;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: options.maxMessageBytes,
      // Results have a few hundred bytes; a compression context per connection would take a hundred times as much.
      perMessageDeflate: false,
      autoPong: false,
      // Accepts an unsupported subprotocol, then closes with 4406: if all are declined, browsers report 1006, which may mean
      // anything.
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

  /**
   * @param enter counts the connection after it has authenticated with its first message; undefined if it was counted before
   */
  open(context: RequestContext, source: SubscriptionSource, enter: Peer['enter']): void {
    const { request, response, upgrade } = context;
    if (upgrade === undefined) return;
    // The context lives as long as the connection, but the first bytes are no longer needed.
    context.upgrade = undefined;
    this.#opening = context;
    try {
      this.#server.handleUpgrade(request, upgrade.socket, upgrade.head, (webSocket) => {
        // Sets the status for the log; the library writes the actual response.
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

/** The library has validated text frames as UTF-8. An undecodable binary frame becomes an invalid message of the protocol. */
function textOf(data: RawData, isBinary: boolean): string {
  return isBinary && !isUtf8(data as Buffer) ? '' : String(data);
}
