import type { IncomingMessage, ServerResponse } from 'node:http';
import { subscribe } from 'graphql';
import type { Logger } from 'pino';
import { costExtensions } from '../../limits/cost.ts';
import { clientKeyOf } from '../address.ts';
import { verdictOf } from '../caller-verdict.ts';
import { isSubscriptionProtocol } from '../graphql/media-type.ts';
import { endOperation, operationSpan } from '../graphql/operation-span.ts';
import type { Params } from '../graphql/params.ts';
import { ResponseCaller } from '../graphql/response-caller.ts';
import { preferredByAccept, rememberedHeader } from '../header-values.ts';
import { onceClosed } from '../queued-responses.ts';
import { noteOutcome, type Outcome } from '../request-notes.ts';
import { sendRefusal } from '../respond.ts';
import { type CommonHeaders, setHeaders } from '../routes.ts';
import type { SendBacklog } from '../send-backlog.ts';
import { EVENT_STREAM, HttpStream, MULTIPART, type StreamFormat } from './http-stream.ts';
import { MAX_SUBSCRIPTIONS, type OpenStreams } from './open-streams.ts';
import { resultTexts } from './result-texts.ts';
import { Subscriptions, type SubscriptionsOptions } from './subscriptions.ts';

/** What streams of all kinds have in common. */
export interface StreamsContext {
  readonly open: OpenStreams;
  readonly backlog: SendBacklog;
  /** Whether the credentials in the head of a request are still valid; mostly known at once. */
  readonly admits: (request: IncomingMessage) => boolean | Promise<boolean>;
  /** Told of each subscription that is asked for on a WebSocket: how that ended. */
  readonly subscribed: (outcome: Outcome, client?: string) => void;
  readonly log: Logger;
}

/** When a client that has too many subscriptions may well try again, in seconds. */
const RETRY_S = 60;

/** Answers subscriptions that come by POST, as server-sent events or in the multipart protocol. */
export class HttpSubscriptions {
  readonly #subscriptions: Subscriptions;
  readonly #context: StreamsContext;

  constructor(options: SubscriptionsOptions, context: StreamsContext) {
    this.#subscriptions = new Subscriptions(options);
    this.#context = context;
  }

  /**
   * @param tellsCost whether the first result says what the subscription cost to start
   * @returns undefined when it is no subscription that could be started, or not to be answered this way
   */
  answer(
    request: IncomingMessage,
    response: ServerResponse,
    common: CommonHeaders,
    params: Params,
    tellsCost: boolean,
  ): Promise<void> | undefined {
    if (request.method !== 'POST') return undefined;
    const format = streamFormatFor(request.headers.accept ?? '*/*');
    if (format === undefined) return undefined;
    const prepared = this.#subscriptions.prepare(params);
    if (!('document' in prepared)) return undefined;
    const { open, admits, log } = this.#context;
    const client = clientKeyOf(request, verdictOf(request));
    const leave = open.subscriptions.take(client);
    if (leave === undefined) {
      refuseMore(response, common);
      return Promise.resolve();
    }
    // The client may have left before this is reached, and `close` comes only once.
    onceClosed(response, leave);
    const start = async () => {
      const caller = new ResponseCaller(response, undefined);
      noteOutcome(request, { operation: prepared.name, code: 'OK', isStream: true });
      const span = operationSpan(caller, 'subscription', prepared.name);
      onceClosed(response, () => endOperation(span, 'OK', caller));
      const results = await subscribe(this.#subscriptions.argsOf(prepared, caller));
      const stream = new HttpStream(response, common, {
        format,
        isAuthorized: () => admits(request),
        failed: (error) => log.error({ err: error }, 'unexpected error on a stream'),
        tooSlow: () =>
          log.info(
            { client: verdictOf(request)?.client?.name ?? client },
            'a stream was cut off because its reader takes nothing',
          ),
      });
      onceClosed(response, open.add(stream));
      const told = tellsCost ? costExtensions(prepared.cost, caller.calls.count) : undefined;
      await stream.send(resultTexts(results, this.#subscriptions, told));
    };
    return start();
  }
}

/**
 * The format of a stream for an Accept header: the one with the highest weight, the first of equals; undefined where the
 * header takes none. Ranges with a wildcard mean server-sent events.
 */
const streamFormatFor = rememberedHeader((accept: string) =>
  preferredByAccept(accept, (type, parameters): StreamFormat | undefined => {
    if (type !== 'multipart/mixed') return EVENT_STREAMS.get(type);
    return isSubscriptionProtocol(parameters) ? MULTIPART : undefined;
  }),
);

const EVENT_STREAMS: ReadonlyMap<string, StreamFormat> = new Map(
  ['text/event-stream', 'text/*', '*/*'].map((range) => [range, EVENT_STREAM]),
);

function refuseMore(response: ServerResponse, common: CommonHeaders): void {
  setHeaders(response, common);
  response.setHeader('retry-after', RETRY_S);
  sendRefusal(response, 429, 'RATE_LIMITED', tooMany(), { retryAfterMs: 1000 * RETRY_S });
}

/** Why a client may not begin one more subscription. */
export function tooMany(): string {
  return `The client has ${MAX_SUBSCRIPTIONS} subscriptions open, as many as are allowed. End one first.`;
}
