import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { once } from '../../cache/memoize.ts';
import { asksForCost, COST_HEADER } from '../../limits/cost.ts';
import { preferredEncoding } from '../http/compression.ts';
import { bodyKindOf, bodyRejection, mediaTypeFor } from '../http/content-negotiation.ts';
import { BodyTooLargeError, readBody } from '../http/request-body.ts';
import type { Handler, RequestContext } from '../http/request-context.ts';
import { CLOSE_CONNECTION, sendError } from '../http/responses.ts';
import { FastPath } from './fast-path.ts';
import { MalformedParamsError, type Params, readParams, readUrlParams } from './request-params.ts';
import { afterPollPhase, type SerializedResponse, sendResponse } from './response.ts';
import { ResponseCache, type ResponseKey } from './response-cache.ts';
import { ResponseCaller } from './response-caller.ts';
import type { EndpointOptions, YogaHandler } from './yoga.ts';

/**
 * Serves a request if it is a valid subscription.
 *
 * @param reportsCost whether the first result carries `extensions.cost`
 * @returns undefined for any other request
 */
export type SubscriptionHandler = (
  context: RequestContext,
  params: Params,
  reportsCost: boolean,
) => Promise<void> | undefined;

/**
 * GraphQL over HTTP at one path. Valid queries take the fast path: a response from the cache, or one execution and one
 * serialisation. Everything else but subscriptions goes through yoga, which produces all errors and is loaded on first use.
 *
 * @see https://graphql.github.io/graphql-over-http/draft/
 */
export function createEndpoint(options: EndpointOptions, subscribe: SubscriptionHandler): Handler {
  const yoga = once(async () => (await import('./yoga.ts')).createYogaHandler(options));
  const viaYoga: YogaHandler = async (context, body) => (await yoga())(context, body);
  const fastPath = new FastPath(options);
  const cache = options.ttlMs === 0 ? undefined : new ResponseCache();

  /** @param bytes body or query string as a latin1 string, one character per byte */
  const serve = (
    context: RequestContext,
    bytes: string,
    read: () => Params | undefined,
    body?: Buffer,
  ): Promise<void> => {
    const { method, headers } = context.request;
    const mediaType = mediaTypeFor(headers.accept);
    const key = mediaType && { bytes, method, mediaType };
    // The cost of a cached response is not recorded.
    const reportsCost = asksForCost(headers[COST_HEADER]);
    if (key !== undefined && !reportsCost && !bypassesCache(context.request)) {
      const cached = cache?.get(key);
      if (cached !== undefined) return send(context, cached, key);
    }
    return execute();

    async function execute() {
      let params: Params | undefined;
      try {
        params = read();
      } catch (error) {
        if (!(error instanceof MalformedParamsError)) throw error;
        return sendError(context, 400, 'BAD_REQUEST', error.message);
      }
      if (params === undefined) return viaYoga(context, body);
      if (key !== undefined) {
        const caller = new ResponseCaller(context, options.deadlineMs);
        const executed = await fastPath.execute(params, key.mediaType, caller, reportsCost);
        if (executed !== undefined) {
          cache?.set(key, executed);
          return send(context, executed, key);
        }
      }
      return subscribe(context, params, reportsCost) ?? viaYoga(context, body);
    }
  };

  /** Sends a response after the poll phase, batched with others; see {@link afterPollPhase}. */
  const send = async (
    context: RequestContext,
    response: SerializedResponse,
    key: ResponseKey,
  ): Promise<void> => {
    context.outcome = response.outcome;
    const encoding = preferredEncoding(context.request.headers['accept-encoding'], response.body.length);
    if (encoding !== 'identity' && response.forms.get(encoding) === undefined) {
      await response.forms.make(encoding, response.body);
      cache?.recount(key);
    }
    await afterPollPhase();
    if (!context.response.destroyed) sendResponse(context, response, encoding);
  };

  const servePost = (context: RequestContext, sent: Buffer): Promise<void> | void => {
    const { headers } = context.request;
    // Windows programs often send a BOM (U+FEFF), which RFC 8259, section 8.1, allows parsers to ignore.
    const body = sent[0] === 0xef && sent[1] === 0xbb && sent[2] === 0xbf ? sent.subarray(3) : sent;
    const kind = bodyKindOf(headers);
    if (kind === 'rejected') return sendError(context, 415, 'BAD_REQUEST', bodyRejection(headers));
    // Decoding with replacement characters would execute something other than the client sent.
    if (!isUtf8(body)) {
      const message = 'The request body is not valid UTF-8. Expected application/json in UTF-8.';
      return sendError(context, 415, 'BAD_REQUEST', message);
    }
    if (kind === 'json-noncanonical') return viaYoga(context, body);
    const read = () => readParams(body.toString(), options.trustedDocuments);
    return serve(context, body.toString('latin1'), read, body);
  };

  return (context) => {
    const { request } = context;
    if (request.method === 'GET') {
      const { query } = context;
      return serve(context, query, () => readUrlParams(query, options.trustedDocuments));
    }
    if (request.method !== 'POST') return viaYoga(context);
    return new Promise<void>((resolve, reject) => {
      const fail = (error: Error) => {
        if (!(error instanceof BodyTooLargeError)) return reject(error);
        const message = `The request body is larger than ${options.maxBodyBytes} bytes.`;
        // The rest of the body is still being sent, so this connection cannot be reused.
        sendError(context, 413, 'BAD_REQUEST', message, { headers: CLOSE_CONNECTION });
        resolve();
      };
      readBody(request, options.maxBodyBytes, (body) => resolve(servePost(context, body)), fail);
    });
  };
}

/** Whether the request forbids a cached response. @see https://www.rfc-editor.org/rfc/rfc9111#name-request-directives */
function bypassesCache({ headers }: IncomingMessage): boolean {
  const directives = headers['cache-control'];
  return directives !== undefined && /\bno-(cache|store)\b/i.test(directives);
}
