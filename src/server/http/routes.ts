import { keep } from './compression.ts';
import type { RequestContext } from './request-context.ts';

/** Answers one request. May take its time; a rejection is answered with 500 and logged. */
export type Handler = (context: RequestContext) => void | Promise<void>;

/** Handlers by path, matched to the letter: no suffix, parameter or upper case turns one path into another. */
export type Routes = ReadonlyMap<string, Handler>;

/** A handler that is made with its first request, so that a run which never gets one does not pay for it. */
export function lazily(make: () => Promise<Handler>): Handler {
  const made = once(make);
  return async (context) => (await made())(context);
}

/** Makes a value when it is first asked for and keeps it, except that after a failure the next call makes it again. */
export function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  const kept = keep<undefined, Value>(make);
  return () => kept(undefined);
}

/** Wraps a handler that only reads: other methods get 405. */
export function readOnly(handler: Handler): Handler {
  return (context) => {
    const { request, response, headers } = context;
    if (request.method === 'GET' || request.method === 'HEAD') return handler(context);
    response.writeHead(405, [...headers, 'allow', 'GET, HEAD']).end();
  };
}
