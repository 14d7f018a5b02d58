import { hash } from 'node:crypto';
import type { ExecutionResult } from 'graphql';
import { type MonotonicMs, monotonicNow } from '../../clock.ts';
import { CompressedForms, type Encoding, MIN_COMPRESSED_BYTES } from '../http/compression.ts';
import type { MediaType } from '../http/content-negotiation.ts';
import type { Outcome, RequestContext } from '../http/request-context.ts';
import type { MaskError } from './error-mask.ts';
import { codeOf } from './operation-outcome.ts';

/** A response ready to be sent, as often as it is asked for. */
export interface SerializedResponse {
  readonly contentType: string;
  readonly body: Buffer;
  /** The compressed forms of the body that clients have asked for. */
  readonly forms: CompressedForms;
  /** Whether it may be sent again: a result without errors and without extensions, which are true of one run alone. */
  readonly isCacheable: boolean;
  /** Until when its oldest row is fresh. */
  readonly freshUntil: MonotonicMs;
  /** For the metrics and the log. */
  readonly outcome: Outcome;
  /** Computed when it is first sent by GET. */
  etag: string | undefined;
}

/** @param operation name of the operation; empty where it has none */
export function serializeResult(
  { data, errors, extensions }: ExecutionResult,
  mask: MaskError,
  mediaType: MediaType,
  freshUntil: MonotonicMs,
  operation: string,
): SerializedResponse {
  const hasErrors = errors !== undefined && errors.length > 0;
  // Locations and path are the error's own, whatever of its message may be seen.
  const shown = hasErrors
    ? errors.map((error) => {
        const { message, extensions } = mask(error);
        return { message, locations: error.locations, path: error.path, extensions };
      })
    : undefined;
  const result = shown === undefined ? { data, extensions } : { errors: shown, data, extensions };
  return {
    contentType: `${mediaType}; charset=utf-8`,
    body: Buffer.from(JSON.stringify(result)),
    forms: new CompressedForms(),
    isCacheable: !hasErrors && extensions === undefined,
    freshUntil,
    outcome: { operation, code: codeOf(shown) },
    etag: undefined,
  };
}

/** @param encoding one whose form has been made; the body goes as it is where there is none */
export function sendResponse(
  { request, response, headers: common }: RequestContext,
  sent: SerializedResponse,
  encoding: Encoding,
): void {
  const form = encoding === 'identity' ? undefined : sent.forms.get(encoding);
  const body = form ?? sent.body;
  const headers = [...common, 'content-type', sent.contentType, 'content-length', body.length];
  if (form !== undefined) headers.push('content-encoding', encoding);
  if (request.method === 'POST') {
    if (form !== undefined) headers.push('vary', 'accept-encoding');
    response.writeHead(200, headers).end(body);
    return;
  }
  // A tag promises that the same may be had again, and nobody wants an error again.
  if (sent.isCacheable) sent.etag ??= `"${hash('sha1', sent.body, 'base64url')}"`;
  const { etag } = sent;
  // A compressed form is another sequence of bytes with the same meaning, which a weak tag says.
  const tagged = etag === undefined ? [] : ['etag', form === undefined ? etag : `W/${etag}`];
  const isNegotiated = form !== undefined || sent.body.length >= MIN_COMPRESSED_BYTES;
  const vary = isNegotiated ? 'accept, accept-encoding' : 'accept';
  const caching = [...tagged, 'cache-control', cacheControl(sent), 'vary', vary];
  if (etag !== undefined && namesTag(request.headers['if-none-match'], etag))
    response.writeHead(304, [...common, ...caching]).end();
  else response.writeHead(200, [...headers, ...caching]).end(body);
}

/** Whole seconds, rounded down: a copy is never fresh for longer than the rows in it. */
function cacheControl({ isCacheable, freshUntil }: SerializedResponse): string {
  if (!isCacheable) return 'no-store';
  const seconds = Math.floor(Math.max(0, freshUntil - monotonicNow()) / 1000);
  return `private, max-age=${seconds}`;
}

/** @see https://www.rfc-editor.org/rfc/rfc9110#name-if-none-match */
function namesTag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
}

let pollPhase: Promise<void> | undefined;

/**
 * Resolves after the poll phase of the event loop. Responses are written together then: a client or load balancer is woken once
 * for all of them, and the code that makes responses stays in the processor's caches.
 */
export function afterPollPhase(): Promise<void> {
  pollPhase ??= new Promise((resolve) => {
    setImmediate(() => {
      pollPhase = undefined;
      resolve();
    });
  });
  return pollPhase;
}
