import type { IncomingMessage } from 'node:http';
import type { GraphQLSchema } from 'graphql';
import { createYoga, type Plugin, type YogaMaskedErrorOpts } from 'graphql-yoga';
import type { GatewayContext } from '../schema/builder.ts';
import { BodyTooLargeError, readBody } from './body.ts';
import { sendRefusal } from './respond.ts';
import type { Handler } from './routes.ts';

/** What one GraphQL endpoint is made of. */
export interface GraphqlOptions {
  readonly path: string;
  readonly schema: GraphQLSchema;
  readonly plugins: readonly Plugin[];
  readonly maskedErrors: YogaMaskedErrorOpts;
  readonly maxBodyBytes: number;
  /** Builds what the resolvers of one request share. The signal fires when the caller leaves. */
  readonly context: (signal: AbortSignal) => GatewayContext;
}

/**
 * yoga can be talked into answering a request as a health check by the end of its URL. No URL ends like this, because a
 * line feed cannot stand in one.
 */
const NO_HEALTH_CHECK = '/\n';

/** GraphQL over HTTP at one path. @see https://graphql.github.io/graphql-over-http/draft/ */
export function createGraphqlHandler(options: GraphqlOptions): Handler {
  const yoga = createYoga({
    schema: options.schema,
    graphqlEndpoint: options.path,
    plugins: [...options.plugins],
    maskedErrors: options.maskedErrors,
    context: ({ request }) => options.context(request.signal),
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

  return async (request, response) => {
    if (request.method === 'POST') {
      try {
        // yoga takes a body that is already there, as other frameworks leave it on the request.
        (request as IncomingMessage & { body?: Buffer }).body = await readBody(request, options.maxBodyBytes);
      } catch (error) {
        if (!(error instanceof BodyTooLargeError)) throw error;
        // What was not read is still on its way: this connection cannot be used again.
        response.setHeader('connection', 'close');
        sendRefusal(
          response,
          413,
          'BAD_REQUEST',
          `The request body is larger than ${options.maxBodyBytes} bytes.`,
        );
        return;
      }
    }
    await yoga(request, response);
  };
}
