import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import { quoted } from '../../errors.ts';
import type { Tracer } from '../../telemetry/trace/tracer.ts';
import type { Cors } from './cors.ts';
import type { GracefulShutdown } from './graceful-shutdown.ts';
import type { Listener } from './http-server.ts';
import { serveQueued } from './queued-responses.ts';
import {
  type ClientAddress,
  GRAPHQL_PATHS,
  type Handler,
  PROBES,
  RequestContext,
} from './request-context.ts';
import { CLOSE_CONNECTION, closeBeforeLongBody, sendError } from './responses.ts';
import { MeasuredResponse, type SendBacklog } from './send-backlog.ts';

/** Dependencies of a listener. */
export interface ListenerOptions {
  /** Handlers by exact path: a suffix, a parameter or upper case makes another path. */
  readonly routes: ReadonlyMap<string, Handler>;
  /** Whether the `Host` of a request is trusted; undefined when every host is. */
  readonly isTrustedHost: ((request: IncomingMessage) => boolean) | undefined;
  readonly addressOf: ClientAddress;
  /** Headers of every response. */
  readonly headers: Readonly<Record<string, string>>;
  /** CORS for the GraphQL paths; undefined when no other origin may read responses. */
  readonly cors: Cors | undefined;
  readonly shutdown: GracefulShutdown;
  /** Logs and counts a finished request. */
  readonly record: (context: RequestContext) => void;
  readonly backlog: SendBacklog;
  /** Undefined when tracing is off. */
  readonly tracer: Tracer | undefined;
  readonly log: Logger;
}

/**
 * Creates the context of each request, dispatches it to its route, and records it when it is finished. A thrown error
 * fails only this request; it closes the connection when no response can be sent any more.
 */
export function createListener(options: ListenerOptions): Listener {
  const { routes, isTrustedHost, addressOf, cors, shutdown, backlog, tracer, log } = options;
  const headers = Object.entries(options.headers).flat();
  const shownPaths = [...routes.keys()].filter((path) => !/^\/(graphiql|console)\//.test(path)).join(', ');

  /** Logs an error and closes the connection, for errors after which no response is possible. */
  const closeAfter = (request: IncomingMessage, error: unknown) => {
    log.error({ err: error }, 'unexpected error, closing the connection');
    request.socket.destroy();
  };

  const fail = (context: RequestContext, error: unknown) => {
    const { request, response, requestId } = context;
    try {
      if (response.destroyed) return;
      log.error({ err: error, requestId }, 'unexpected error');
      if (response.headersSent) response.destroy();
      else sendError(context, 500, 'INTERNAL_SERVER_ERROR', 'Internal error of the gateway.');
    } catch (again) {
      closeAfter(request, again);
    }
  };

  const serve: Listener = (request, response, upgrade) => {
    const context = new RequestContext(request, response, upgrade, addressOf);
    const { path, requestId } = context;
    const isProbe = PROBES.has(path);
    const isGraphql = GRAPHQL_PATHS.has(path);
    const policy = isGraphql ? cors : undefined;
    context.headers = ['x-request-id', requestId, ...headers, ...(policy?.headersFor(request) ?? [])];
    if (tracer !== undefined && isGraphql) beginTrace(tracer, context);
    if (!isProbe) shutdown.enter();
    response.on('close', () => {
      try {
        if (!isProbe) shutdown.leave();
        options.record(context);
      } catch (error) {
        closeAfter(request, error);
      }
    });
    if (response instanceof MeasuredResponse) response.measureFor(context, backlog);

    if (hasTwoHosts(request)) {
      const message = 'The request has more than one `Host` header. Send one.';
      return sendError(context, 400, 'BAD_REQUEST', message, { headers: CLOSE_CONNECTION });
    }
    if (shutdown.hasBegun && !isProbe) {
      const message = 'This gateway is shutting down. Retry immediately.';
      return sendError(context, 503, 'SERVICE_UNAVAILABLE', message, { headers: CLOSE_CONNECTION });
    }
    if (!isProbe && isTrustedHost?.(request) === false) {
      const message = `The host name ${quoted(request.headers.host ?? '')} is not trusted. Expected a loopback name, HOST, or a name in TRUSTED_HOSTS.`;
      const headers = closeBeforeLongBody(context);
      return sendError(context, 403, 'FORBIDDEN', message, { headers, reason: 'untrusted_host' });
    }
    if (policy?.handledPreflight(context)) return;
    const handler = routes.get(path);
    if (handler === undefined)
      return sendError(context, 404, 'NOT_FOUND', `Not found. Expected one of the paths ${shownPaths}.`);
    try {
      handler(context)?.catch((error) => fail(context, error));
    } catch (error) {
      fail(context, error);
    }
  };

  const serveTraced: Listener = (request, response, upgrade) => {
    try {
      if (tracer === undefined) serve(request, response, upgrade);
      else tracer.withoutCallersOwn(() => serve(request, response, upgrade));
    } catch (error) {
      closeAfter(request, error);
    }
  };

  return (request, response, upgrade) => {
    // An earlier response has closed the connection, but Node still emits requests pipelined behind it. Responding to
    // one raises an assertion error in Node.
    if (!request.socket.writable) return;
    if (response.socket !== null) serveTraced(request, response, upgrade);
    else
      serveQueued(
        response,
        () => serveTraced(request, response),
        (error) => closeAfter(request, error),
      );
  };
}

/**
 * Whether a request has two `Host` headers. Node exposes only the first, while a proxy may have used the last.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-3.2-6
 */
function hasTwoHosts({ rawHeaders }: IncomingMessage): boolean {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  return hosts > 1;
}

/** Methods that span names may contain. Others become `_OTHER`, with the original in an attribute of its own. */
const METHODS: ReadonlySet<string> = new Set(
  'GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH'.split(' '),
);

/** Maximum length of `User-Agent` in a trace, in characters. */
const MAX_USER_AGENT_SHOWN = 256;

/**
 * Maximum length of a host name in a trace, in characters: the limit of DNS. A longer `Host` is not a host name and is
 * left out.
 */
const MAX_HOST_NAME_SHOWN = 255;

/**
 * Begins the trace of a request. Leaves out the query string, which may hold variables.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span
 */
function beginTrace(tracer: Tracer, context: RequestContext): void {
  const { path, startedAt } = context;
  const { method = '', headers, httpVersion } = context.request;
  const isKnown = METHODS.has(method);
  const [, address, port] = /^(\[[\da-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/i.exec(headers.host ?? '') ?? [];
  const isHostName = address !== undefined && address.length <= MAX_HOST_NAME_SHOWN;
  const attributes = {
    'http.request.method': isKnown ? method : '_OTHER',
    // Node's parser accepts no method longer than 11 characters.
    'http.request.method_original': isKnown ? undefined : method,
    'http.route': path,
    'url.path': path,
    // The gateway speaks plain HTTP; a proxy in front of it terminates TLS.
    'url.scheme': 'http',
    'server.address': isHostName ? address.replace(/^\[|\]$/g, '') : undefined,
    'server.port': isHostName && Number(port) <= 65_535 ? Number(port) : undefined,
    'network.protocol.version': httpVersion,
    'user_agent.original': headers['user-agent']?.slice(0, MAX_USER_AGENT_SHOWN),
  };
  const name = `${isKnown ? method : 'HTTP'} ${path}`;
  context.trace = tracer.request({ headers, name, attributes, startedAt });
}
