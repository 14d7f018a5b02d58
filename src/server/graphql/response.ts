import { hash } from 'node:crypto';
import type { ExecutionResult } from 'graphql';
import { type MonotonicMs, monotonicNow } from '../../clock.ts';
import { CompressedForms, type Encoding, MIN_COMPRESSED_BYTES } from '../http/compression.ts';
import type { MediaType } from '../http/content-negotiation.ts';
import type { Outcome, RequestContext } from '../http/request-context.ts';
import type { MaskError } from './error-mask.ts';
import { codeOf } from './operation-outcome.ts';

/** A serialized response, which can be sent any number of times. */
export interface SerializedResponse {
  readonly contentType: string;
  readonly body: Buffer;
  /** Compressed forms of the body that clients have requested so far. */
  readonly forms: CompressedForms;
  /** Whether it may be sent again: only without errors, and without extensions, which describe one run. */
  readonly isCacheable: boolean;
  /** When its oldest row stops being fresh. */
  readonly freshUntil: MonotonicMs;
  /** For metrics and log. */
  readonly outcome: Outcome;
  /** Computed on the first GET. */
  etag: string | undefined;
}

/** @param operation operation name; empty for an anonymous operation */
export function serializeResult(
  { data, errors, extensions }: ExecutionResult,
  mask: MaskError,
  mediaType: MediaType,
  freshUntil: MonotonicMs,
  operation: string,
): SerializedResponse {
  const hasErrors = errors !== undefined && errors.length > 0;
  // The mask replaces message and extensions only; locations and path stay.
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

/** Sends a response. @param encoding a coding whose form exists; otherwise the body is sent uncompressed */
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
  // No ETag for errors: they are not cacheable, so a client need not revalidate them.
  if (sent.isCacheable) sent.etag ??= `"${hash('sha1', sent.body, 'base64url')}"`;
  const { etag } = sent;
  // Weak, because a compressed form has other bytes with the same meaning.
  const tagged = etag === undefined ? [] : ['etag', form === undefined ? etag : `W/${etag}`];
  const isNegotiated = form !== undefined || sent.body.length >= MIN_COMPRESSED_BYTES;
  const vary = isNegotiated ? 'accept, accept-encoding' : 'accept';
  const caching = [...tagged, 'cache-control', cacheControl(sent), 'vary', vary];
  if (etag !== undefined && matchesTag(request.headers['if-none-match'], etag))
    response.writeHead(304, [...common, ...caching]).end();
  else response.writeHead(200, [...headers, ...caching]).end(body);
}

/** In whole seconds, rounded down, so that a copy never stays fresh longer than its rows. */
function cacheControl({ isCacheable, freshUntil }: SerializedResponse): string {
  if (!isCacheable) return 'no-store';
  const seconds = Math.floor(Math.max(0, freshUntil - monotonicNow()) / 1000);
  return `private, max-age=${seconds}`;
}

/**
 * Whether `If-None-Match` matches a tag, by weak comparison. @see https://www.rfc-editor.org/rfc/rfc9110#name-if-none-match
 */
function matchesTag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
}

let pollPhase: Promise<void> | undefined;

/**
 * Resolves after the current poll phase of the event loop. Batching the writes of a phase wakes a client or load balancer
 * once for many responses, and keeps the code that produces them in the processor's caches.
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
