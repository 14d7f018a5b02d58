import type { IncomingMessage, ServerResponse } from 'node:http';

/** Answers one request. May take its time; a rejection is answered with 500 and logged. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** What answers at which path, matched to the letter: no suffix, parameter or upper case turns one path into another. */
export type Routes = ReadonlyMap<string, Handler>;

/** The path of a request target: all before the query. Never decoded, so that it can only equal what is written. */
export function pathOf(request: IncomingMessage): string {
  const target = request.url ?? '/';
  const query = target.indexOf('?');
  return query === -1 ? target : target.slice(0, query);
}

/** A handler that is made when it is first asked for, so that a run which never asks does not pay for it. */
export function lazily(make: () => Promise<Handler>): Handler {
  let handler: Promise<Handler> | undefined;
  return async (request, response) => {
    handler ??= make();
    return (await handler)(request, response);
  };
}

/** Wraps a handler that only reads: other methods get 405. */
export function readOnly(handler: Handler): Handler {
  return (request, response) => {
    if (request.method === 'GET' || request.method === 'HEAD') return handler(request, response);
    response.writeHead(405, { allow: 'GET, HEAD' }).end();
  };
}
