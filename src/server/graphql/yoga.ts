import type { GraphQLSchema, ValidationRule } from 'graphql';
import { createYoga } from 'graphql-yoga';
import type { ErrorMask } from '../../plugins/use-errors.ts';
import { useRules } from '../../plugins/use-rules.ts';
import type { GatewayContext } from '../../schema/builder.ts';
import type { Caller } from '../../voice-jobs/caller.ts';
import type { Handler } from '../routes.ts';

/** What yoga is made of. */
export interface YogaOptions {
  readonly path: string;
  readonly schema: GraphQLSchema;
  /** What documents have to keep to beside the specification. */
  readonly rules: readonly ValidationRule[];
  readonly maskedErrors: ErrorMask;
  /** Builds what the resolvers of one request share. */
  readonly context: (caller: Caller) => GatewayContext;
}

/**
 * yoga can be talked into answering a request as a health check by the end of its URL. No URL ends like this, because a
 * line feed cannot stand in one.
 */
const NO_HEALTH_CHECK = '/\n';

/** The whole of GraphQL over HTTP. Takes a body that has been read already from the request's `body`. */
export function createYogaHandler({ path, schema, rules, maskedErrors, context }: YogaOptions): Handler {
  return createYoga({
    schema,
    graphqlEndpoint: path,
    plugins: [useRules(rules)],
    maskedErrors,
    context: ({ request }) => context(request),
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
