import type { IncomingMessage, ServerResponse } from 'node:http';
import { keep } from './compression.ts';

/** Headers that every answer carries: names and values in turn, as `writeHead` takes them. */
export type CommonHeaders = readonly string[];

/** Answers one request. May take its time; a rejection is answered with 500 and logged. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/**
 * A handler to which the common headers are given instead of being set on the response beforehand. A head that is written
 * in one go costs a tenth less of an answer that is kept.
 */
export type HeadWriter = (
  request: IncomingMessage,
  response: ServerResponse,
  common: CommonHeaders,
) => void | Promise<void>;

/** Sets the common headers, for whatever writes the head later. */
export function setHeaders(response: ServerResponse, common: CommonHeaders): void {
  for (let index = 0; index < common.length; index += 2) {
    const [name, value] = [common[index] as string, common[index + 1] as string];
    // CORS and access control each say what a response varies by.
    if (name === 'vary') response.appendHeader(name, value);
    else response.setHeader(name, value);
  }
}

/** A handler as one that writes its own head. */
export function withHeaders(handler: Handler): HeadWriter {
  return (request, response, common) => {
    setHeaders(response, common);
    return handler(request, response);
  };
}

/** What answers at which path, matched to the letter: no suffix, parameter or upper case turns one path into another. */
export type Routes = ReadonlyMap<string, HeadWriter>;

/** The path of a request target: all before the query. Never decoded, so that it can only equal what is written. */
export function pathOf(request: IncomingMessage): string {
  return splitTarget(request)[0];
}

/** The query of a request target, without the question mark; empty where there is none. */
export function queryOf(request: IncomingMessage): string {
  return splitTarget(request)[1];
}

function splitTarget({ url = '/' }: IncomingMessage): [path: string, query: string] {
  const mark = url.indexOf('?');
  return mark === -1 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)];
}

/** A handler that is made when it is first asked for, so that a run which never asks does not pay for it. */
export function lazily<Args extends unknown[]>(
  make: () => Promise<(...args: Args) => void | Promise<void>>,
): (...args: Args) => Promise<void> {
  const made = once(make);
  return async (...args) => (await made())(...args);
}

/** Makes a value when it is first asked for and keeps it, except that after a failure the next call makes it again. */
export function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  const kept = keep<undefined, Value>(make);
  return () => kept(undefined);
}

/** Wraps a handler that only reads: other methods get 405. */
export function readOnly(handler: Handler): Handler {
  return (request, response) => {
    if (request.method === 'GET' || request.method === 'HEAD') return handler(request, response);
    response.writeHead(405, { allow: 'GET, HEAD' }).end();
  };
}
