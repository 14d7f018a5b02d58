import type { IncomingMessage, ServerResponse } from 'node:http';
import { quoted, visible } from '../../errors.ts';
import type { Guard } from '../access/access-control.ts';
import { verdictOf } from '../access/caller-verdict.ts';
import { sendRefusal } from '../http/responses.ts';
import { type CommonHeaders, type HeadWriter, once, setHeaders } from '../http/routes.ts';
import { takeUpgrade, upgradeOf } from '../http/upgrade.ts';
import { createOriginCheck } from '../http/ws-origin.ts';
import { ConnectionLimit, MAX_CONNECTIONS } from './ws-connection-limit.ts';
import type { ConnectionsOptions } from './ws-server.ts';
import type { WebSocketEndpoint } from './ws-session.ts';

/** Retry-After of a client that has too many connections, in seconds. */
const RETRY_S = 60;

/** Longest part of an `Origin` or `Host` in the log, in characters: those of browsers are far shorter. */
const MAX_SHOWN = 100;

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
  const limit = new ConnectionLimit();
  const load = once(async () => {
    const { Connections } = await import('./ws-server.ts');
    return new Connections(options);
  });

  return {
    before(handler, endpointOf) {
      const open: HeadWriter = async (request, response, common) => {
        const isJudged = !guard.asksForCredentials || verdictOf(request) !== undefined;
        const enter = isJudged ? undefined : limit.wait(request, response);
        if (isJudged && !limit.enter(request, response)) return rejectMore(response, common);
        const connections = await load();
        const endpoint = await endpointOf();
        const upgrade = takeUpgrade(request);
        if (upgrade === undefined || response.destroyed) return;
        connections.open(request, response, common, upgrade, endpoint, enter);
      };
      const openForKnown = guard.counted(open);

      return (request, response, common) => {
        if (upgradeOf(request) === undefined) return handler(request, response, common);
        if (!isAllowed(request)) {
          setHeaders(response, common);
          const { origin = '', host = '' } = request.headers;
          const facts = {
            origin: visible(origin.slice(0, MAX_SHOWN)),
            host: visible(host.slice(0, MAX_SHOWN)),
          };
          options.streams.log.warn(
            facts,
            'a WebSocket was rejected: its Origin is neither the Host of the request nor in CORS_ORIGINS; a proxy in front has to pass the Host header on',
          );
          const message = `The page's origin ${quoted(origin)} may not connect: it is neither that of this host, ${quoted(host)}, nor in CORS_ORIGINS. A proxy in front has to pass the Host header on.`;
          return sendRefusal(response, 403, 'FORBIDDEN', message, {}, 'cross_site');
        }
        // Without a credential in the head, one may come with the first message.
        return (guard.asksForCredentials && !hasCredentials(guard, request) ? open : openForKnown)(
          request,
          response,
          common,
        );
      };
    },
  };
}

function hasCredentials(guard: Guard, request: IncomingMessage): boolean {
  const { apiKey, authorization } = guard.credentialsOf(request);
  if (apiKey !== undefined || authorization === undefined) return apiKey !== undefined;
  // Where only keys are taken, a bearer that is none may be a proxy's own, and the key comes with the first message.
  return guard.takesTokens || guard.admits({ apiKey: undefined, authorization }) === true;
}

function rejectMore(response: ServerResponse, common: CommonHeaders): void {
  setHeaders(response, common);
  response.setHeader('retry-after', RETRY_S);
  const message = `There are ${MAX_CONNECTIONS} connections of this client, as many as are allowed.`;
  sendRefusal(response, 429, 'RATE_LIMITED', message);
}
