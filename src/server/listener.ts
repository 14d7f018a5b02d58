import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { Tracer } from '../telemetry/trace/tracer.ts';
import type { Cors } from './cors.ts';
import type { Drain } from './drain.ts';
import type { Ledger } from './ledger.ts';
import { closeBefore } from './refuse.ts';
import { requestIdOf } from './request-id.ts';
import { noteSpan } from './request-notes.ts';
import { sendJson, sendRefusal } from './respond.ts';
import { type CommonHeaders, pathOf, type Routes, setHeaders } from './routes.ts';

/** What a listener is made of. */
export interface ListenerOptions {
  readonly routes: Routes;
  /** Paths that are answered even during shutdown, and under any host name. */
  readonly probes: ReadonlySet<string>;
  /** Whether the `Host` of a request is served; undefined where every one is. */
  readonly isTrustedHost: ((request: IncomingMessage) => boolean) | undefined;
  /** Sent with every answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** Paths whose answers pages of other origins may read; none without it. */
  readonly cors: { readonly paths: ReadonlySet<string>; readonly policy: Cors } | undefined;
  readonly drain: Drain;
  readonly ledger: Ledger;
  /** Undefined where nothing is traced. */
  readonly tracer: Tracer | undefined;
  readonly log: Logger;
}

/** Longest part of a `Host` header in a message, in characters. */
const MAX_HOST_SHOWN = 200;

/** Leads each request to its route, gives it an id, and has it booked when it is over. */
export function createListener(options: ListenerOptions): RequestListener {
  const { routes, probes, isTrustedHost, cors, drain, ledger, tracer, log } = options;
  const headers = Object.entries(options.headers).flat();

  return (request, response) => {
    const startedAt = performance.now();
    const path = pathOf(request);
    const isProbe = probes.has(path);
    const requestId = requestIdOf(request);
    const policy = cors?.paths.has(path) ? cors.policy : undefined;
    const common = ['x-request-id', requestId, ...headers, ...(policy?.headersFor(request) ?? [])];

    if (tracer !== undefined && ledger.isGraphql(path)) beginSpan(tracer, request, path);
    if (!isProbe) drain.enter();
    response.on('close', () => {
      if (!isProbe) drain.leave();
      ledger.book(request, response, { path, requestId, startedAt, isProbe });
    });

    if (drain.draining && !isProbe) {
      setHeaders(response, common);
      response.setHeader('connection', 'close');
      sendRefusal(response, 503, 'UPSTREAM_UNAVAILABLE', 'This gateway is shutting down. Try again at once.');
      return;
    }
    if (!isProbe && isTrustedHost?.(request) === false) {
      setHeaders(response, common);
      closeBefore(request, response);
      sendRefusal(response, 403, 'FORBIDDEN', untrustedHost(request), {}, 'untrusted_host');
      return;
    }
    if (policy?.answeredPreflight(request, response, common)) return;
    const fail = (error: unknown) => {
      if (response.destroyed) return;
      log.error({ err: error, requestId }, 'unexpected error');
      if (response.headersSent) response.destroy();
      else {
        setHeaders(response, common);
        sendRefusal(response, 500, 'INTERNAL_SERVER_ERROR', 'Something went wrong in the gateway.');
      }
    };
    try {
      answer(routes, path, request, response, common)?.catch(fail);
    } catch (error) {
      fail(error);
    }
  };
}

function untrustedHost({ headers: { host = '' } }: IncomingMessage): string {
  const shown = JSON.stringify(host.slice(0, MAX_HOST_SHOWN));
  return `The host name ${shown} is not served. Allowed are loopback names and HOST; name others in TRUSTED_HOSTS.`;
}

/** @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span */
function beginSpan(tracer: Tracer, request: IncomingMessage, path: string): void {
  const { method = '' } = request;
  const facts = { 'http.request.method': method, 'http.route': path };
  const span = tracer.request(request.headers, `${method} ${path}`, facts);
  if (span !== undefined) noteSpan(request, span);
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
  sendJson(response, 404, { error: `Nothing is here. Paths are ${paths.join(', ')}.` });
}
