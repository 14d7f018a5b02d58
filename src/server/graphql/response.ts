import { hash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ExecutionResult, GraphQLError } from 'graphql';
import { CompressedForms, type Encoding, MIN_COMPRESSED_BYTES } from '../http/compression.ts';
import type { MediaType } from '../http/media-type.ts';
import type { Outcome } from '../http/request-context.ts';
import type { CommonHeaders } from '../http/routes.ts';
import { codeOf } from './result-code.ts';

/** An answer ready to be sent, as often as it is wanted. */
export interface Answer {
  readonly contentType: string;
  readonly body: Buffer;
  /** What was made of the body for clients that accept compressed responses. */
  readonly forms: CompressedForms;
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
  const contentType = `${mediaType}; charset=utf-8`;
  return { contentType, body, forms: new CompressedForms(), isKeepable, freshUntil, outcome };
}

/** The place is the error's own, whatever of its words may be told. */
function shown(error: GraphQLError, mask: Mask): Record<string, unknown> & Pick<GraphQLError, 'extensions'> {
  const { message, extensions } = mask(error);
  return { message, locations: error.locations, path: error.path, extensions };
}

/** @param encoding one whose form has been made; the body goes as it is where there is none */
export function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  common: CommonHeaders,
  answer: Answer,
  encoding: Encoding,
): void {
  const form = encoding === 'identity' ? undefined : answer.forms.get(encoding);
  const body = form ?? answer.body;
  const headers = [...common, 'content-type', answer.contentType, 'content-length', body.length];
  if (form !== undefined) headers.push('content-encoding', encoding);
  if (request.method === 'POST') {
    if (form !== undefined) headers.push('vary', 'accept-encoding');
    response.writeHead(200, headers).end(body);
    return;
  }
  // A tag promises that the same may be had again, and nobody wants an error again.
  const etag = answer.isKeepable ? etagOf(answer) : undefined;
  // A compressed form is another sequence of bytes with the same meaning, which a weak tag says.
  const tagged = etag === undefined ? [] : ['etag', form === undefined ? etag : `W/${etag}`];
  const isNegotiated = form !== undefined || answer.body.length >= MIN_COMPRESSED_BYTES;
  const vary = isNegotiated ? 'accept, accept-encoding' : 'accept';
  const caching = [...tagged, 'cache-control', cacheControl(answer), 'vary', vary];
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
