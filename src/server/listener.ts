import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { Drain } from './drain.ts';
import { requestIdOf } from './request-id.ts';
import { sendJson, sendRefusal } from './respond.ts';
import { type CommonHeaders, pathOf, type Routes, setHeaders } from './routes.ts';

/** What a listener is made of. */
export interface ListenerOptions {
  readonly routes: Routes;
  /** Paths that are answered even during shutdown. */
  readonly probes: ReadonlySet<string>;
  /** Sent with every answer. */
  readonly headers: Readonly<Record<string, string>>;
  readonly drain: Drain;
  readonly log: Logger;
}

/** Leads each request to its route, gives it an id, and logs one line when it is over. */
export function createListener(options: ListenerOptions): RequestListener {
  const { routes, probes, drain, log } = options;
  const headers = Object.entries(options.headers).flat();

  return (request, response) => {
    const startedAt = performance.now();
    const path = pathOf(request);
    const isProbe = probes.has(path);
    const requestId = requestIdOf(request);
    const common = ['x-request-id', requestId, ...headers];

    const level = isProbe ? 'debug' : 'info';
    if (!isProbe) drain.enter();
    response.on('close', () => {
      if (!isProbe) drain.leave();
      if (!log.isLevelEnabled(level)) return;
      const line = {
        requestId,
        method: request.method,
        path,
        status: response.statusCode,
        finished: response.writableFinished,
        durationMs: Math.round((performance.now() - startedAt) * 10) / 10,
      };
      log[level](line, 'request');
    });

    if (drain.draining && !isProbe) {
      setHeaders(response, common);
      response.setHeader('connection', 'close');
      sendRefusal(response, 503, 'UPSTREAM_UNAVAILABLE', 'This gateway is shutting down. Try again at once.');
      return;
    }
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
  const paths = [...routes.keys()].filter((route) => !route.startsWith('/graphiql/'));
  sendJson(response, 404, { error: `Nothing is here. Paths are ${paths.join(', ')}.` });
}
