import type { GraphQLSchema } from 'graphql';
import { createYoga } from 'graphql-yoga';
import { COST_HEADER } from '../../limits/cost.ts';
import type { DocumentCache } from '../../limits/document-cache.ts';
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

/** What one GraphQL endpoint is made of. */
export interface EndpointOptions {
  readonly path: string;
  readonly schema: GraphQLSchema;
  /** Where documents of this schema are parsed and checked. */
  readonly documents: DocumentCache;
  readonly trustedDocuments: TrustedDocuments;
  readonly executorMetrics: ExecutorMetrics;
  readonly maskError: MaskError;
  /** How long the reads of one operation may take together, in milliseconds. */
  readonly deadlineMs: number;
  readonly maxBodyBytes: number;
  /** How old an upstream page may be when it is served, in milliseconds; 0 caches no responses. */
  readonly ttlMs: number;
  /** Makes what the resolvers of one operation share. */
  readonly context: (caller: Caller) => GatewayContext;
}

/** Serves a request by yoga. @param body of a POST, which was read already */
export type YogaHandler = (context: RequestContext, body?: Buffer) => Promise<void>;

/** End of the URLs that yoga takes for a health check. No URL has a line feed, so that none is. */
const NO_HEALTH_CHECK = '/\n';

/** The whole of GraphQL over HTTP but subscriptions. */
export function createYogaHandler(options: EndpointOptions): YogaHandler {
  const { path, schema, documents, trustedDocuments, maskError } = options;
  const yoga = createYoga<YogaServerContext>({
    schema,
    graphqlEndpoint: path,
    plugins: [useRequestMembers(trustedDocuments), useChecks(documents), useOutcomeAndCost(documents)],
    parserAndValidationCache: false,
    maskedErrors: { maskError },
    context: ({ requestContext }) => options.context(new ResponseCaller(requestContext, options.deadlineMs)),
    // Ours: routes, GraphiQL, body limit and log live around yoga.
    healthCheckEndpoint: NO_HEALTH_CHECK,
    graphiql: false,
    landingPage: false,
    maxRequestBodySize: false,
    logging: false,
    // Off until somebody asks for it.
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
    // Only the headers that yoga and its plugins read; clients write the type of the body in more ways than yoga knows.
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
    // Of a multipart response yoga says that it is chunked.
    for (const name of ['content-length', 'transfer-encoding']) made.headers.delete(name);
    response
      .writeHead(made.status, [
        ...context.headers,
        ...[...made.headers].flat(),
        ...['content-length', String(bytes.byteLength)],
        ...(encoding === 'identity' ? [] : ['content-encoding', encoding, 'vary', 'accept-encoding']),
        // What is answered here by GET is mostly a mistake, and none that a cache should repeat.
        ...(method === 'GET' && !made.headers.has('cache-control') ? ['cache-control', 'no-store'] : []),
      ])
      .end(bytes);
  };
}
