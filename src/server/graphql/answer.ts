import { hash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ExecutionResult, GraphQLError } from 'graphql';
import type { Outcome } from '../request-notes.ts';
import type { CommonHeaders } from '../routes.ts';
import type { MediaType } from './media-type.ts';
import { codeOf } from './result-code.ts';

/** An answer ready to be sent, as often as it is wanted. */
export interface Answer {
  readonly contentType: string;
  readonly body: Buffer;
  /** Whether it may be sent again: a result without errors, and with nothing that is true of one run alone. */
  readonly isKeepable: boolean;
  /** Until when its oldest row is fresh, in milliseconds of `performance.now()`. */
  readonly freshUntil: number;
  /** For the metrics and the log. */
  readonly outcome: Outcome;
}

/** What of an error may be told: its words and its extensions. */
export type Mask = (error: GraphQLError) => Pick<GraphQLError, 'message' | 'extensions'>;

/**
 * Serialises a result. What its extensions tell is true of one run, so that it is not kept with them.
 *
 * @param operation name of the operation; empty where it has none
 */
export function answerOf(
  { data, errors, extensions }: ExecutionResult,
  mask: Mask,
  mediaType: MediaType,
  freshUntil: number,
  operation: string,
): Answer {
  const isWhole = errors === undefined || errors.length === 0;
  const told = isWhole ? undefined : errors.map((error) => shown(error, mask));
  const result = told === undefined ? { data, extensions } : { errors: told, data, extensions };
  const body = Buffer.from(JSON.stringify(result));
  const isKeepable = isWhole && extensions === undefined;
  const outcome = { operation, code: codeOf(told) };
  return { contentType: `${mediaType}; charset=utf-8`, body, isKeepable, freshUntil, outcome };
}

/** The place is the error's own, whatever of its words may be told. */
function shown(error: GraphQLError, mask: Mask): Record<string, unknown> & Pick<GraphQLError, 'extensions'> {
  const { message, extensions } = mask(error);
  return { message, locations: error.locations, path: error.path, extensions };
}

export function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  common: CommonHeaders,
  answer: Answer,
): void {
  const { contentType, body } = answer;
  const headers = [...common, 'content-type', contentType, 'content-length', body.length];
  if (request.method === 'POST') {
    response.writeHead(200, headers).end(body);
    return;
  }
  // A tag promises that the same may be had again, and nobody wants an error again.
  const etag = answer.isKeepable ? etagOf(answer) : undefined;
  const tagged = etag === undefined ? [] : ['etag', etag];
  const caching = [...tagged, 'cache-control', cacheControl(answer), 'vary', 'accept'];
  if (etag !== undefined && namesTag(request.headers['if-none-match'], etag))
    response.writeHead(304, [...common, ...caching]).end();
  else response.writeHead(200, [...headers, ...caching]).end(body);
}

const etags = new WeakMap<Answer, string>();

/** Computed once for an answer, and only when one is sent by GET. */
function etagOf(answer: Answer): string {
  let etag = etags.get(answer);
  if (etag === undefined) {
    etag = `"${hash('sha1', answer.body, 'base64url')}"`;
    etags.set(answer, etag);
  }
  return etag;
}

/** Whole seconds, rounded down: a copy is never fresh for longer than the rows in it. */
function cacheControl({ isKeepable, freshUntil }: Answer): string {
  if (!isKeepable) return 'no-store';
  const seconds = Math.floor(Math.max(0, freshUntil - performance.now()) / 1000);
  return `private, max-age=${seconds}`;
}

/** @see https://www.rfc-editor.org/rfc/rfc9110#name-if-none-match */
function namesTag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
}
