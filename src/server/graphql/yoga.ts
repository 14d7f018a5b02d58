import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GraphQLSchema } from 'graphql';
import { createYoga } from 'graphql-yoga';
import type { DocumentCache } from '../../limits/document-cache.ts';
import type { Caller } from '../../paging/caller.ts';
import { noStreams } from '../../plugins/no-streams.ts';
import { useChecks } from '../../plugins/use-checks.ts';
import { useCost } from '../../plugins/use-cost.ts';
import type { ErrorMask } from '../../plugins/use-errors.ts';
import type { GatewayContext } from '../../schema/builder.ts';
import type { Handler } from '../routes.ts';
import type { TrustedDocuments } from './documents.ts';
import type { Executions } from './executions.ts';
import { ResponseCaller } from './response-caller.ts';
import { useCompression } from './use-compression.ts';
import { useOutcome } from './use-outcome.ts';
import { useRequestMembers } from './use-request-members.ts';

/** What yoga is made of. */
export interface YogaOptions {
  readonly path: string;
  readonly schema: GraphQLSchema;
  /** Where documents of this schema are parsed and checked. */
  readonly documents: DocumentCache;
  readonly trustedDocuments: TrustedDocuments;
  readonly executions: Executions;
  readonly maskedErrors: ErrorMask;
  /** How long the reads of one operation may take together, in milliseconds. */
  readonly deadlineMs: number;
  /** Builds what the resolvers of one request share. */
  readonly context: (caller: Caller) => GatewayContext;
}

/**
 * yoga can be talked into answering a request as a health check by the end of its URL. No URL ends like this, because a
 * line feed cannot stand in one.
 */
const NO_HEALTH_CHECK = '/\n';

/** The whole of GraphQL over HTTP. Takes a body that has been read already from the request's `body`. */
export function createYogaHandler(options: YogaOptions): Handler {
  const { path, schema, documents, trustedDocuments, maskedErrors, context } = options;
  return createYoga<{ req: IncomingMessage; res: ServerResponse }>({
    schema,
    graphqlEndpoint: path,
    plugins: [
      useRequestMembers(trustedDocuments),
      useChecks(documents),
      useOutcome(documents),
      useCost(documents),
      noStreams,
      useCompression(),
    ],
    parserAndValidationCache: false,
    maskedErrors,
    context: ({ res }) => context(new ResponseCaller(res, options.deadlineMs)),
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
}
