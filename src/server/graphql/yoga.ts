import type { GraphQLSchema } from 'graphql';
import { createYoga } from 'graphql-yoga';
import type { DocumentCache } from '../../limits/checked-document.ts';
import { COST_HEADER } from '../../limits/cost.ts';
import type { Caller } from '../../paging/caller.ts';
import type { GatewayContext } from '../../schema/builder.ts';
import { compress, preferredEncoding } from '../http/compression.ts';
import { MEDIA_TYPES, yogaMediaTypeFor } from '../http/content-negotiation.ts';
import type { RequestContext } from '../http/request-context.ts';
import { sendError } from '../http/responses.ts';
import type { MaskError } from './error-mask.ts';
import type { ExecutorMetrics } from './executor-metrics.ts';
import { ResponseCaller } from './response-caller.ts';
import type { TrustedDocuments } from './trusted-documents.ts';
import { useChecks, useOutcomeAndCost, useRequestMembers, type YogaServerContext } from './yoga-plugins.ts';

/** Dependencies and settings of one GraphQL endpoint. */
export interface EndpointOptions {
  readonly path: string;
  readonly schema: GraphQLSchema;
  /** Parses and validates documents of this schema, with a cache. */
  readonly documents: DocumentCache;
  readonly trustedDocuments: TrustedDocuments;
  readonly executorMetrics: ExecutorMetrics;
  readonly maskError: MaskError;
  /** Deadline of all reads of one operation together, in milliseconds. */
  readonly deadlineMs: number;
  readonly maxBodyBytes: number;
  /** Maximum age of an upstream page when it is served, in milliseconds; 0 disables the response cache. */
  readonly ttlMs: number;
  /** Creates the context that the resolvers of one operation share. */
  readonly context: (caller: Caller) => GatewayContext;
}

/**
 * Serves a request through yoga.
 *
 * @param body of a POST, already read
 */
export type YogaHandler = (context: RequestContext, body?: Buffer) => Promise<void>;

/** Suffix of URLs that yoga treats as health checks. URLs contain no line feed, so none matches. */
const NO_HEALTH_CHECK = '/\n';

/** GraphQL over HTTP without subscriptions, and without the fast path. */
export function createYogaHandler(options: EndpointOptions): YogaHandler {
  const { path, schema, documents, trustedDocuments, maskError } = options;
  const yoga = createYoga<YogaServerContext>({
    schema,
    graphqlEndpoint: path,
    plugins: [useRequestMembers(trustedDocuments), useChecks(documents), useOutcomeAndCost(documents)],
    parserAndValidationCache: false,
    maskedErrors: { maskError },
    context: ({ requestContext }) => options.context(new ResponseCaller(requestContext, options.deadlineMs)),
    // The gateway has its own routes, GraphiQL, body limit and log.
    healthCheckEndpoint: NO_HEALTH_CHECK,
    graphiql: false,
    landingPage: false,
    maxRequestBodySize: false,
    logging: false,
    // Off unless enabled explicitly.
    cors: false,
    multipart: false,
  });

  return async (context, body) => {
    const { request, response } = context;
    const { method = 'GET', url = '/' } = request;
    const accept = yogaMediaTypeFor(request.headers.accept);
    if (accept === undefined) {
      const message = `The Accept header matches no supported media type. Expected ${MEDIA_TYPES}.`;
      return sendError(context, 406, 'BAD_REQUEST', message);
    }
    // Only headers that yoga and its plugins read. The content type is normalised, because clients spell it in more ways than
    // yoga accepts.
    const headers: Record<string, string> = { accept };
    const cost = request.headers[COST_HEADER];
    if (typeof cost === 'string') headers[COST_HEADER] = cost;
    if (method === 'POST') headers['content-type'] = 'application/json';
    const { Request } = yoga.fetchAPI;
    const sent = new Request(`http://localhost${url}`, {
      method,
      headers,
      ...(body && { body: body.toString() }),
    });
    const made = await yoga.fetch(sent, { requestContext: context });
    if (response.destroyed) return;
    const text = await made.text();
    const isJson = made.headers.get('content-type')?.includes('json') === true;
    const encoding = isJson
      ? preferredEncoding(request.headers['accept-encoding'], Buffer.byteLength(text))
      : 'identity';
    const bytes = await compress(text, encoding, 'response');
    if (response.destroyed) return;
    // yoga marks multipart responses as chunked.
    for (const name of ['content-length', 'transfer-encoding']) made.headers.delete(name);
    response
      .writeHead(made.status, [
        ...context.headers,
        ...[...made.headers].flat(),
        ...['content-length', String(bytes.byteLength)],
        ...(encoding === 'identity' ? [] : ['content-encoding', encoding, 'vary', 'accept-encoding']),
        // A GET that reaches yoga is usually malformed; its response must not be cached.
        ...(method === 'GET' && !made.headers.has('cache-control') ? ['cache-control', 'no-store'] : []),
      ])
      .end(bytes);
  };
}
