import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GraphQLError, GraphQLSchema, ValidationRule } from 'graphql';
import { createYoga } from 'graphql-yoga';
import type { ErrorMask } from '../../plugins/use-errors.ts';
import { useRules } from '../../plugins/use-rules.ts';
import type { GatewayContext } from '../../schema/builder.ts';
import type { Caller } from '../../voice-jobs/caller.ts';
import { BodyTooLargeError, readBody } from '../body.ts';
import { sendRefusal } from '../respond.ts';
import type { Handler } from '../routes.ts';
import { answerOf, sendAnswer } from './answer.ts';
import { HotAnswers } from './hot-answers.ts';
import { mediaTypeFor } from './media-type.ts';
import { Operations } from './operations.ts';
import { type Params, readParams, readUrlParams } from './params.ts';
import { ResponseCaller } from './response-caller.ts';

/** What one GraphQL endpoint is made of. */
export interface EndpointOptions {
  readonly path: string;
  readonly schema: GraphQLSchema;
  /** What documents have to keep to beside the specification. */
  readonly rules: readonly ValidationRule[];
  readonly maskedErrors: ErrorMask;
  readonly maxBodyBytes: number;
  /** How old an upstream page may be when it is served, in milliseconds; 0 keeps no answers. */
  readonly ttlMs: number;
  /** Builds what the resolvers of one request share. */
  readonly context: (caller: Caller) => GatewayContext;
  /** Told of each answer: whether it was kept from an earlier request. */
  readonly answered: (isHot: boolean) => void;
}

/**
 * yoga can be talked into answering a request as a health check by the end of its URL. No URL ends like this, because a
 * line feed cannot stand in one.
 */
const NO_HEALTH_CHECK = '/\n';

/**
 * GraphQL over HTTP at one path. Plain queries, which nearly all are, take a short way: an answer that is kept, or one
 * execution and one serialisation. Everything else goes through yoga, and what goes wrong before anything is executed is
 * left to yoga too, so that there is one place where such errors are made.
 *
 * @see https://graphql.github.io/graphql-over-http/draft/
 */
export function createEndpoint(options: EndpointOptions): Handler {
  const yoga = createYoga({
    schema: options.schema,
    graphqlEndpoint: options.path,
    plugins: [useRules(options.rules)],
    maskedErrors: options.maskedErrors,
    context: ({ request }) => options.context(request),
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
  const operations = new Operations(options.schema, options.rules);
  const hot = options.ttlMs === 0 ? undefined : new HotAnswers();
  const mask = (error: GraphQLError) =>
    options.maskedErrors.maskError(error, options.maskedErrors.errorMessage) as GraphQLError;

  /** False where there is no short way. */
  const answerPlain = async (
    request: IncomingMessage,
    response: ServerResponse,
    text: string,
    read: (text: string) => Params | undefined,
  ): Promise<boolean> => {
    const mediaType = mediaTypeFor(request.headers.accept);
    if (mediaType === undefined) return false;
    const key = `${request.method} ${mediaType} ${text}`;
    const kept = asksAnew(request) ? undefined : hot?.get(key);
    if (kept !== undefined) {
      options.answered(true);
      sendAnswer(request, response, kept);
      return true;
    }
    const params = read(text);
    const query = params && operations.find(params);
    if (params === undefined || query === undefined) return false;
    const context = options.context(new ResponseCaller(response));
    const result = await query.run(context, params.variables);
    if (result.data === undefined) return false;
    if (response.destroyed) return true;
    const oldest = Math.min(context.freshness.oldestSentAt, performance.now());
    const answer = answerOf(result, mask, mediaType, oldest + options.ttlMs);
    hot?.keep(key, answer);
    options.answered(false);
    sendAnswer(request, response, answer);
    return true;
  };

  return async (request, response) => {
    if (request.method === 'POST') {
      const body = await readBodyOrRefuse(request, response, options.maxBodyBytes);
      if (body === undefined) return;
      if (isPlainJson(request) && (await answerPlain(request, response, body.toString(), readParams))) return;
      // yoga takes a body that is already there, as other frameworks leave it on the request.
      (request as IncomingMessage & { body?: Buffer }).body = body;
    } else if (request.method === 'GET') {
      if (await answerPlain(request, response, searchOf(request), readUrlParams)) return;
    }
    options.answered(false);
    await yoga(request, response);
  };
}

async function readBodyOrRefuse(
  request: IncomingMessage,
  response: ServerResponse,
  maxBytes: number,
): Promise<Buffer | undefined> {
  try {
    return await readBody(request, maxBytes);
  } catch (error) {
    if (!(error instanceof BodyTooLargeError)) throw error;
    // What was not read is still on its way: this connection cannot be used again.
    response.setHeader('connection', 'close');
    sendRefusal(response, 413, 'BAD_REQUEST', `The request body is larger than ${maxBytes} bytes.`);
    return undefined;
  }
}

function isPlainJson({ headers }: IncomingMessage): boolean {
  const type = headers['content-type'];
  const isJson = type === 'application/json' || /^application\/json *; *charset=utf-8$/i.test(type ?? '');
  return isJson && headers['content-encoding'] === undefined;
}

/** Whether the caller wants no kept answer. @see https://www.rfc-editor.org/rfc/rfc9111#name-request-directives */
function asksAnew({ headers }: IncomingMessage): boolean {
  const directives = headers['cache-control'];
  return directives !== undefined && /\bno-(cache|store)\b/i.test(directives);
}

function searchOf({ url = '' }: IncomingMessage): string {
  const query = url.indexOf('?');
  return query === -1 ? '' : url.slice(query + 1);
}
