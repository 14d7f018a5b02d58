import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { type MonotonicMs, monotonicNow } from '../clock.ts';
import { quoted } from '../errors.ts';
import { guarded } from '../guarded.ts';
import type { Tracer } from '../telemetry/trace/tracer.ts';
import { clientKeyOf, noteClientAddress } from './address.ts';
import { verdictOf } from './caller-verdict.ts';
import type { Cors } from './cors.ts';
import type { Drain } from './drain.ts';
import type { Ledger } from './ledger.ts';
import { closeWithSocket } from './queued-responses.ts';
import { closeBefore } from './refuse.ts';
import { requestIdOf } from './request-id.ts';
import { noteTrace } from './request-notes.ts';
import { sendRefusal } from './respond.ts';
import { type CommonHeaders, pathOf, type Routes, setHeaders } from './routes.ts';
import { MeasuredResponse, type SendBacklog } from './send-backlog.ts';
import type { ClientAddress } from './trusted-proxies.ts';

/** What a listener is made of. */
export interface ListenerOptions {
  readonly routes: Routes;
  /** Paths that are answered even during shutdown, and under any host name. */
  readonly probes: ReadonlySet<string>;
  /** Whether the `Host` of a request is served; undefined where every one is. */
  readonly isTrustedHost: ((request: IncomingMessage) => boolean) | undefined;
  /** Finds the address of a client; undefined where it is that of the socket. */
  readonly clientAddress: ClientAddress | undefined;
  /** Sent with every answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** Paths whose answers pages of other origins may read; none without it. */
  readonly cors: { readonly paths: ReadonlySet<string>; readonly policy: Cors } | undefined;
  readonly drain: Drain;
  readonly ledger: Ledger;
  readonly backlog: SendBacklog;
  /** Undefined where nothing is traced. */
  readonly tracer: Tracer | undefined;
  readonly log: Logger;
}

/**
 * Leads each request to its route, gives it an id, and has it logged and counted when it is over. Whatever is thrown on the
 * way costs the request, or its connection where nothing can be answered any more.
 */
export function createListener(options: ListenerOptions): RequestListener {
  const { routes, probes, isTrustedHost, clientAddress, cors, drain, ledger, backlog, tracer, log } = options;
  const headers = Object.entries(options.headers).flat();

  /** For what is thrown where no response can be made any more. */
  const closeAfter = (request: IncomingMessage, error: unknown) => {
    log.error({ err: error }, 'unexpected error; the connection is closed');
    request.socket.destroy();
  };

  const fail = (error: unknown, response: ServerResponse, common: CommonHeaders, requestId: string) => {
    if (response.destroyed) return;
    log.error({ err: error, requestId }, 'unexpected error');
    if (response.headersSent) response.destroy();
    else {
      setHeaders(response, common);
      sendRefusal(response, 500, 'INTERNAL_SERVER_ERROR', 'Something went wrong in the gateway.');
    }
  };

  const serve = (request: IncomingMessage, response: ServerResponse) => {
    const startedAt = monotonicNow();
    if (clientAddress !== undefined) noteClientAddress(request, clientAddress);
    const path = pathOf(request);
    const isProbe = probes.has(path);
    const requestId = requestIdOf(request);
    const policy = cors?.paths.has(path) ? cors.policy : undefined;
    const common = ['x-request-id', requestId, ...headers, ...(policy?.headersFor(request) ?? [])];

    if (tracer !== undefined && ledger.isGraphql(path)) beginTrace(tracer, request, path, startedAt);
    if (!isProbe) drain.enter();
    let isOver = false;
    response.on('close', () => {
      // A response that never had the socket can be told of the end of the connection twice.
      if (isOver) return;
      isOver = true;
      try {
        if (!isProbe) drain.leave();
        ledger.book(request, response, { path, requestId, startedAt, isProbe });
      } catch (error) {
        closeAfter(request, error);
      }
    });
    if (response.socket === null)
      closeWithSocket(response, request.socket, (error) => closeAfter(request, error));
    if (response instanceof MeasuredResponse) response.unread = countUnread;

    if (hasTwoHosts(request)) {
      setHeaders(response, common);
      response.setHeader('connection', 'close');
      sendRefusal(response, 400, 'BAD_REQUEST', 'The request has more than one `Host` header. Send one.');
      return;
    }
    if (drain.draining && !isProbe) {
      setHeaders(response, common);
      response.setHeader('connection', 'close');
      sendRefusal(response, 503, 'SERVICE_UNAVAILABLE', 'This gateway is shutting down. Try again at once.');
      return;
    }
    if (!isProbe && isTrustedHost?.(request) === false) {
      setHeaders(response, common);
      closeBefore(request, response);
      sendRefusal(response, 403, 'FORBIDDEN', untrustedHost(request), {}, 'untrusted_host');
      return;
    }
    if (policy?.answeredPreflight(request, response, common)) return;
    const failed = (error: unknown) => {
      try {
        fail(error, response, common, requestId);
      } catch (again) {
        closeAfter(request, again);
      }
    };
    try {
      answer(routes, path, request, response, common)?.catch(failed);
    } catch (error) {
      failed(error);
    }
  };

  const countUnread = (response: MeasuredResponse) => {
    const client = clientKeyOf(response.req, verdictOf(response.req));
    // Once for each response, and seldom at all.
    response.unread = (again) => backlog.note(client, again);
    response.once(
      'close',
      guarded(
        () => backlog.forget(client, response),
        () => response.cutOff(),
      ),
    );
    backlog.note(client, response);
  };

  return (request, response) => {
    // An earlier response has closed the connection, but requests behind it are still read. Node emits an assertion error when
    // one of them is answered.
    if (!request.socket.writable) return;
    try {
      if (tracer === undefined) serve(request, response);
      else tracer.withoutCallersOwn(() => serve(request, response));
    } catch (error) {
      closeAfter(request, error);
    }
  };
}

/**
 * Node keeps the first `Host` of a request and hides the others, of which a proxy may believe the last.
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

function untrustedHost({ headers: { host = '' } }: IncomingMessage): string {
  return `The host name ${quoted(host)} is not served. Allowed are loopback names and HOST; name others in TRUSTED_HOSTS.`;
}

/** Methods that a span names; others are `_OTHER` and stand beside that. */
const METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
  'PATCH',
]);

/** Longest `User-Agent` in a trace, in characters. */
const MAX_USER_AGENT_SHOWN = 256;

/** Longest host name in a trace, in characters: that of DNS. A longer `Host` names no host, so that it is left out rather than cut. */
const MAX_HOST_NAME_SHOWN = 255;

const MAX_PORT = 65_535;

/**
 * Notes the trace of a request. The query of the URL is left out: it may hold variables.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span
 */
function beginTrace(tracer: Tracer, request: IncomingMessage, path: string, startedAt: MonotonicMs): void {
  const { method = '', headers, httpVersion } = request;
  const isKnown = METHODS.has(method);
  const [, address, port] = /^(\[[\da-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/i.exec(headers.host ?? '') ?? [];
  const isHostName = address !== undefined && address.length <= MAX_HOST_NAME_SHOWN;
  const attributes = {
    'http.request.method': isKnown ? method : '_OTHER',
    // Node's parser accepts no method that is longer than 11 characters.
    'http.request.method_original': isKnown ? undefined : method,
    'http.route': path,
    'url.path': path,
    // The gateway itself speaks plain HTTP; TLS ends at a proxy before it.
    'url.scheme': 'http',
    'server.address': isHostName ? address.replace(/^\[|\]$/g, '') : undefined,
    'server.port': isHostName && Number(port) <= MAX_PORT ? Number(port) : undefined,
    'network.protocol.version': httpVersion,
    'user_agent.original': headers['user-agent']?.slice(0, MAX_USER_AGENT_SHOWN),
  };
  const name = `${isKnown ? method : 'HTTP'} ${path}`;
  noteTrace(request, tracer.request({ headers, name, attributes, startedAt }));
}

function answer(
  routes: Routes,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
  common: CommonHeaders,
): Promise<void> | void {
  const handler = routes.get(path);
  if (handler !== undefined) return handler(request, response, common);
  setHeaders(response, common);
  const paths = [...routes.keys()].filter((route) => !/^\/(graphiql|console)\//.test(route));
  sendRefusal(response, 404, 'NOT_FOUND', `Nothing is here. Paths are ${paths.join(', ')}.`);
}
