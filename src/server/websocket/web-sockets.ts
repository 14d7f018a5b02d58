import type { IncomingMessage } from 'node:http';
import { addressOf } from '../address.ts';
import { verdictOf } from '../caller-verdict.ts';
import { credentialsOf } from '../credentials.ts';
import { onceClosed } from '../queued-responses.ts';
import { sendRefusal } from '../respond.ts';
import { type HeadWriter, once, setHeaders } from '../routes.ts';
import { Tally } from '../streams/tally.ts';
import type { ConnectionsOptions } from './connections.ts';
import { createOriginCheck } from './origin.ts';
import type { WebSocketEndpoint } from './protocol.ts';
import { takeUpgrade, upgradeOf } from './upgrade.ts';

/** Connections of one address at a time: as many as it may have subscriptions, where each has one of its own. */
const MAX_CONNECTIONS = 2000;

/** When an address that has too many connections may well try again, in seconds. */
const RETRY_S = 60;

/** What WebSockets are made of. */
export interface WebSocketsOptions extends ConnectionsOptions {
  /** Origins of pages that may connect, beside the gateway's own. */
  readonly origins: readonly string[];
}

/** Serves WebSockets beside HTTP. */
export interface WebSockets {
  /**
   * Takes the requests for a WebSocket, and leaves all others to the handler.
   *
   * @param endpointOf what is served there; asked when a client connects
   */
  before(handler: HeadWriter, endpointOf: () => WebSocketEndpoint | Promise<WebSocketEndpoint>): HeadWriter;
}

/** Loads what it takes when the first client connects. */
export function createWebSockets({ origins, ...options }: WebSocketsOptions): WebSockets {
  const { guard } = options;
  const isAllowed = createOriginCheck(origins);
  const connected = new Tally(MAX_CONNECTIONS);
  const load = once(async () => {
    const { Connections } = await import('./connections.ts');
    return new Connections(options);
  });

  return {
    before(handler, endpointOf) {
      const open: HeadWriter = async (request, response, common) => {
        const connections = await load();
        const endpoint = await endpointOf();
        const upgrade = takeUpgrade(request);
        if (upgrade === undefined || response.destroyed) return;
        const isJudged = !guard.asksForCredentials || verdictOf(request) !== undefined;
        connections.open(request, response, common, upgrade, endpoint, isJudged);
      };
      const openForKnown = guard.counted(open);

      return (request, response, common) => {
        if (upgradeOf(request) === undefined) return handler(request, response, common);
        const refuse = (status: number, code: string, message: string) => {
          setHeaders(response, common);
          sendRefusal(response, status, code, message);
        };
        if (!isAllowed(request))
          return refuse(403, 'FORBIDDEN', 'Pages of this origin may not connect (CORS_ORIGINS).');
        const leave = connected.take(addressOf(request));
        if (leave === undefined) {
          response.setHeader('retry-after', RETRY_S);
          const message = `There are ${MAX_CONNECTIONS} connections from this address, as many as are allowed.`;
          return refuse(429, 'RATE_LIMITED', message);
        }
        onceClosed(response, leave);
        // Who sends no credential with the head may do so with the first message.
        return (guard.asksForCredentials && !hasCredentials(request) ? open : openForKnown)(
          request,
          response,
          common,
        );
      };
    },
  };
}

function hasCredentials(request: IncomingMessage): boolean {
  const { apiKey, authorization } = credentialsOf(request);
  return apiKey !== undefined || authorization !== undefined;
}
