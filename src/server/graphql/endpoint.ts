import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { asksForCost, COST_HEADER } from '../../limits/cost.ts';
import { BodyTooLargeError, readBody } from '../body.ts';
import { preferredEncoding } from '../encoding.ts';
import { endOfTurn } from '../end-of-turn.ts';
import { noteOutcome } from '../request-notes.ts';
import { sendRefusal } from '../respond.ts';
import { type CommonHeaders, type HeadWriter, lazily, queryOf, setHeaders } from '../routes.ts';
import { HttpSubscriptions, type StreamsContext } from '../streams/http-subscriptions.ts';
import { type Answer, sendAnswer } from './answer.ts';
import { bodyKindOf, bodyRefusal } from './content-type.ts';
import { FastPath } from './fast-path.ts';
import { MEDIA_TYPES, mediaTypeFor, yogaMediaTypeFor } from './media-type.ts';
import { MalformedParamsError, type Params, readParams, readUrlParams } from './params.ts';
import type { AnswerKey } from './response-cache.ts';
import { ResponseCaller } from './response-caller.ts';
import type { YogaOptions } from './yoga.ts';
import { YogaBody } from './yoga-body.ts';

/** Where a body stays that has been read: yoga takes it from the request, as other frameworks leave it there. */
interface WithBody extends IncomingMessage {
  body?: Buffer | YogaBody;
}

/** What one GraphQL endpoint is made of. */
export interface EndpointOptions extends YogaOptions {
  readonly maxBodyBytes: number;
  /** How old an upstream page may be when it is served, in milliseconds; 0 keeps no answers. */
  readonly ttlMs: number;
  readonly streams: StreamsContext;
}

/**
 * GraphQL over HTTP at one path. Plain queries, which nearly all are, take a short way: an answer that is kept, or one
 * execution and one serialisation. Subscriptions are sent as events. Everything else goes through yoga, and what goes wrong
 * before anything is executed is left to yoga too, so that there is one place where such errors are made. A run that never needs yoga never loads it.
 *
 * @see https://graphql.github.io/graphql-over-http/draft/
 */
export function createEndpoint(options: EndpointOptions): HeadWriter {
  const yoga = lazily(async () => (await import('./yoga.ts')).createYogaHandler(options));
  const viaYoga: HeadWriter = (request, response, common) => {
    setHeaders(response, common);
    const accept = yogaMediaTypeFor(request.headers.accept);
    if (accept === undefined) {
      sendRefusal(
        response,
        406,
        'BAD_REQUEST',
        `The Accept header takes no response; allowed is ${MEDIA_TYPES}.`,
      );
      return;
    }
    request.headers.accept = accept;
    // What is answered here by GET is mostly a mistake, and none that a cache should repeat.
    if (request.method === 'GET') response.setHeader('cache-control', 'no-store');
    // No other body comes here, and there are more ways to write the type than yoga knows.
    if (request.method === 'POST') request.headers['content-type'] = 'application/json';
    const { body } = request as WithBody;
    if (Buffer.isBuffer(body)) (request as WithBody).body = new YogaBody(body);
    return yoga(request, response);
  };
  const fastPath = new FastPath(options, options.ttlMs);
  const subscriptions = new HttpSubscriptions(options, options.streams);

  /** @param bytes of the body or the query string, a character each */
  const answer = (
    request: IncomingMessage,
    response: ServerResponse,
    common: CommonHeaders,
    bytes: string,
    read: () => Params | undefined,
  ): Promise<void> => {
    const { method, headers } = request;
    const mediaType = mediaTypeFor(headers.accept);
    const key = mediaType && { bytes, method, mediaType };
    // What a kept answer cost, nobody remembers.
    const tellsCost = asksForCost(headers[COST_HEADER]);
    const kept = key === undefined || tellsCost || asksAnew(request) ? undefined : fastPath.kept(key);
    if (kept !== undefined) {
      noteOutcome(request, kept.outcome);
      return sendWithOthers(request, response, common, kept, key);
    }
    return execute();

    async function execute() {
      let params: Params | undefined;
      try {
        params = read();
      } catch (error) {
        if (!(error instanceof MalformedParamsError)) throw error;
        setHeaders(response, common);
        return sendRefusal(response, 400, 'BAD_REQUEST', error.message);
      }
      const made =
        key &&
        params &&
        (await fastPath.answer(key, params, new ResponseCaller(response, options.deadlineMs), tellsCost));
      if (made === undefined) {
        const streaming = params && subscriptions.answer(request, response, common, params, tellsCost);
        if (streaming === undefined) return viaYoga(request, response, common);
        return streaming;
      }
      noteOutcome(request, made.outcome);
      return sendWithOthers(request, response, common, made, key);
    }
  };

  /** Answers of one turn are written together. */
  const sendWithOthers = async (
    request: IncomingMessage,
    response: ServerResponse,
    common: CommonHeaders,
    answer: Answer,
    key: AnswerKey | undefined,
  ): Promise<void> => {
    const encoding = preferredEncoding(request.headers['accept-encoding'], answer.body.length);
    if (encoding !== 'identity' && answer.forms.get(encoding) === undefined) {
      await answer.forms.make(encoding, answer.body);
      if (key !== undefined) fastPath.compressed(key);
    }
    await endOfTurn();
    if (!response.destroyed) sendAnswer(request, response, common, answer, encoding);
  };

  return (request, response, common) => {
    if (request.method === 'GET') {
      const search = queryOf(request);
      return answer(request, response, common, search, () => readUrlParams(search, options.trustedDocuments));
    }
    if (request.method !== 'POST') return viaYoga(request, response, common);
    return new Promise<void>((resolve, reject) => {
      const rejectBody = (message: string) => {
        setHeaders(response, common);
        sendRefusal(response, 415, 'BAD_REQUEST', message);
        resolve();
      };
      const answerBody = (sent: Buffer) => {
        const body = withoutByteOrderMark(sent);
        const kind = bodyKindOf(request.headers);
        if (kind === 'refused') {
          rejectBody(bodyRefusal(request.headers));
          return;
        }
        // Replacing what cannot be decoded would execute something else than the client sent.
        if (!isUtf8(body)) {
          rejectBody('The request body has bytes that are not UTF-8; allowed is application/json in UTF-8.');
          return;
        }
        (request as WithBody).body = body;
        const ended =
          kind === 'json'
            ? answer(request, response, common, body.toString('latin1'), () =>
                readParams(body.toString(), options.trustedDocuments),
              )
            : viaYoga(request, response, common);
        resolve(ended);
      };
      const fail = (error: Error) => {
        if (!(error instanceof BodyTooLargeError)) return reject(error);
        setHeaders(response, common);
        refuseBody(response, options.maxBodyBytes);
        resolve();
      };
      readBody(request, options.maxBodyBytes, answerBody, fail);
    });
  };
}

function refuseBody(response: ServerResponse, maxBytes: number): void {
  // What was not read is still on its way: this connection cannot be used again.
  response.setHeader('connection', 'close');
  sendRefusal(response, 413, 'BAD_REQUEST', `The request body is larger than ${maxBytes} bytes.`);
}

/** Windows programs begin a text with U+FEFF. @see https://www.rfc-editor.org/rfc/rfc8259#section-8.1, which allows to ignore it */
function withoutByteOrderMark(body: Buffer): Buffer {
  return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? body.subarray(3) : body;
}

/** Whether the caller wants no kept answer. @see https://www.rfc-editor.org/rfc/rfc9111#name-request-directives */
function asksAnew({ headers }: IncomingMessage): boolean {
  const directives = headers['cache-control'];
  return directives !== undefined && /\bno-(cache|store)\b/i.test(directives);
}
