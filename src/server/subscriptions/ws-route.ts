import type { IncomingMessage } from 'node:http';
import { once } from '../../cache/memoize.ts';
import { quoted, visible } from '../../errors.ts';
import type { AccessControl } from '../access/access-control.ts';
import { createWebSocketOriginCheck } from '../http/origin-checks.ts';
import type { Handler, RequestContext } from '../http/request-context.ts';
import { sendError, sendRateLimited } from '../http/responses.ts';
import { ConnectionLimit, MAX_CONNECTIONS } from './concurrency-limit.ts';
import type { SubscriptionSource } from './subscription-source.ts';
import type { WsServerOptions } from './ws-server.ts';

/** Retry-After of a client that has too many connections, in milliseconds. */
const RETRY_MS = 60_000;

/** Maximum length of `Origin` and `Host` in the log, in characters. Browsers send far shorter ones. */
const MAX_SHOWN = 100;

/** Settings of the WebSocket route. */
export interface WsRouteOptions extends WsServerOptions {
  /** Origins of pages that may connect, in addition to the gateway's own. */
  readonly origins: readonly string[];
}

/**
 * Serves WebSocket upgrades. Loads the libraries when the first client connects.
 *
 * @returns wraps a handler: upgrades go to the WebSocket server, every other request to the handler. `sourceOf` is called
 *   when a client connects
 */
export function createWsRoute({ origins, ...options }: WsRouteOptions) {
  const { access, streams } = options;
  const isAllowed = createWebSocketOriginCheck(origins);
  const limit = new ConnectionLimit();
  const load = once(async () => {
    const { WsServer } = await import('./ws-server.ts');
    return new WsServer(options);
  });

  const rejectOrigin = (context: RequestContext) => {
    const { origin = '', host = '' } = context.request.headers;
    streams.log.warn(
      { origin: visible(origin.slice(0, MAX_SHOWN)), host: visible(host.slice(0, MAX_SHOWN)) },
      'WebSocket rejected: its Origin is neither the Host of the request nor in CORS_ORIGINS; a reverse proxy must forward the Host header',
    );
    const message = `The origin ${quoted(origin)} is not allowed: it is neither that of the host ${quoted(host)} nor in CORS_ORIGINS. A reverse proxy must forward the Host header.`;
    sendError(context, 403, 'FORBIDDEN', message, { reason: 'cross_site' });
  };

  return (handler: Handler, sourceOf: () => SubscriptionSource | Promise<SubscriptionSource>): Handler => {
    const open: Handler = async (context) => {
      const isChecked = !access.requiresCredentials || context.auth !== undefined;
      const enter = isChecked ? undefined : limit.wait(context);
      if (isChecked && !limit.enter(context)) {
        const message = `The client has ${MAX_CONNECTIONS} open WebSockets, the maximum. Close one first.`;
        return sendRateLimited(context, message, RETRY_MS);
      }
      const server = await load();
      const source = await sourceOf();
      if (!context.response.destroyed) server.open(context, source, enter);
    };
    const openAuthenticated = access.authenticatedAndRateLimited(open);

    return (context) => {
      if (context.upgrade === undefined) return handler(context);
      if (!isAllowed(context.request)) return rejectOrigin(context);
      // A client without a credential in its headers may send one in `connection_init`.
      const authenticatesLater = access.requiresCredentials && !hasCredentials(access, context.request);
      return authenticatesLater ? open(context) : openAuthenticated(context);
    };
  };
}

function hasCredentials(access: AccessControl, request: IncomingMessage): boolean {
  const { apiKey, authorization } = access.credentialsOf(request);
  if (apiKey !== undefined || authorization === undefined) return apiKey !== undefined;
  // Where only API keys are accepted, an invalid Bearer may belong to a proxy, and the key comes in `connection_init`.
  return access.acceptsTokens || access.admits({ apiKey: undefined, authorization }) === true;
}
