import { hash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ExecutionResult, GraphQLError } from 'graphql';
import type { CommonHeaders } from '../routes.ts';
import type { MediaType } from './media-type.ts';

/** An answer ready to be sent, as often as it is wanted. */
export interface Answer {
  readonly contentType: string;
  readonly body: Buffer;
  /** Whether it is a result without errors. */
  readonly isWhole: boolean;
  /** Until when its oldest row is fresh, in milliseconds of `performance.now()`. */
  readonly freshUntil: number;
}

/** What of an error may be told: its words and its extensions. */
export type Mask = (error: GraphQLError) => Pick<GraphQLError, 'message' | 'extensions'>;

/** Serialises a result. */
export function answerOf(
  { data, errors }: ExecutionResult,
  mask: Mask,
  mediaType: MediaType,
  freshUntil: number,
): Answer {
  const isWhole = errors === undefined || errors.length === 0;
  const result = isWhole ? { data } : { errors: errors.map((error) => shown(error, mask)), data };
  const body = Buffer.from(JSON.stringify(result));
  return { contentType: `${mediaType}; charset=utf-8`, body, isWhole, freshUntil };
}

/** The place is the error's own: an error of a compiled query knows it without the nodes that a masked one takes it from. */
function shown(error: GraphQLError, mask: Mask): Record<string, unknown> {
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
  const etag = etagOf(answer);
  const caching = ['etag', etag, 'cache-control', cacheControl(answer), 'vary', 'accept'];
  if (answer.isWhole && namesTag(request.headers['if-none-match'], etag))
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
function cacheControl({ isWhole, freshUntil }: Answer): string {
  if (!isWhole) return 'no-store';
  const seconds = Math.floor(Math.max(0, freshUntil - performance.now()) / 1000);
  return `private, max-age=${seconds}`;
}

/** @see https://www.rfc-editor.org/rfc/rfc9110#name-if-none-match */
function namesTag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
}
