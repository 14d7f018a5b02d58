import type { Logger } from 'pino';
import { costExtensions } from '../../limits/cost.ts';
import type { SubscriptionHandler } from '../graphql/endpoint.ts';
import { beginOperationSpan, endOperationSpan } from '../graphql/operation-outcome.ts';
import { ResponseCaller } from '../graphql/response-caller.ts';
import { isSubscriptionProtocol, preferredByAccept, rememberedHeader } from '../http/content-negotiation.ts';
import { onceClosed } from '../http/queued-responses.ts';
import type { Outcome, RequestContext } from '../http/request-context.ts';
import { sendRateLimited } from '../http/responses.ts';
import type { SendBacklog } from '../http/send-backlog.ts';
import { EVENT_STREAM, HttpStream, MULTIPART, type StreamFormat } from './http-stream.ts';
import { MAX_SUBSCRIPTIONS, type OpenStreams } from './open-streams.ts';
import type { Subscription, SubscriptionSource } from './subscription-source.ts';

/** State that the streams of all transports share. */
export interface StreamsContext {
  readonly open: OpenStreams;
  readonly backlog: SendBacklog;
  /** Whether the credentials in the request headers are still valid; usually synchronous. */
  readonly admits: (context: RequestContext) => boolean | Promise<boolean>;
  /** Records each WebSocket subscription that was started or rejected. */
  readonly record: (outcome: Outcome, client?: string) => void;
  readonly log: Logger;
}

/** Retry-After of a client that has too many subscriptions, in milliseconds. */
const RETRY_MS = 60_000;

/** Error message for a client at its limit of subscriptions. */
export const TOO_MANY_SUBSCRIPTIONS = `The client has ${MAX_SUBSCRIPTIONS} open subscriptions, the maximum. End one first.`;

/** Serves subscriptions sent by POST, as server-sent events or in the multipart protocol. */
export function createHttpSubscriptions(
  source: SubscriptionSource,
  streams: StreamsContext,
): SubscriptionHandler {
  const { open, admits, log } = streams;

  const stream = async (
    context: RequestContext,
    format: StreamFormat,
    subscription: Subscription,
    reportsCost: boolean,
  ) => {
    const { response, headers } = context;
    context.outcome = { operation: subscription.name, code: 'OK', isStream: true };
    const caller = new ResponseCaller(context, undefined);
    const span = beginOperationSpan(caller, 'subscription', subscription.name);
    onceClosed(response, () => endOperationSpan(span, 'OK', caller));
    const results = await source.start(subscription, caller);
    const sending = new HttpStream(response, headers, {
      format,
      failed: (error) => log.error({ err: error }, 'unexpected error on a stream'),
      tooSlow: () => {
        const client = context.clientName ?? context.clientKey;
        log.info({ client }, 'event stream closed: the client does not read');
      },
    });
    onceClosed(
      response,
      open.add(sending, () => admits(context)),
    );
    const cost = reportsCost ? costExtensions(subscription.cost, caller.calls.count) : undefined;
    await sending.send(results, (error) => source.masked([error]), cost);
  };

  return (context, params, reportsCost) => {
    const { request, response } = context;
    const format = request.method === 'POST' ? streamFormatFor(request.headers.accept) : undefined;
    if (format === undefined) return undefined;
    const subscription = source.prepare(params);
    if (!('document' in subscription)) return undefined;
    const release = open.subscriptions.take(context.clientKey);
    if (release === undefined) {
      sendRateLimited(context, TOO_MANY_SUBSCRIPTIONS, RETRY_MS);
      return Promise.resolve();
    }
    // The client may have disconnected already; onceClosed then releases the slot at once.
    onceClosed(response, release);
    return stream(context, format, subscription, reportsCost);
  };
}

/**
 * The stream format for an Accept header: the one with the highest weight, the first among equals; undefined when the header
 * accepts none. Wildcard ranges mean server-sent events.
 */
const streamFormatFor = rememberedHeader((accept: string) =>
  preferredByAccept(accept, (type, parameters): StreamFormat | undefined => {
    if (type !== 'multipart/mixed') return EVENT_STREAM_RANGES.has(type) ? EVENT_STREAM : undefined;
    return isSubscriptionProtocol(parameters) ? MULTIPART : undefined;
  }),
);

const EVENT_STREAM_RANGES: ReadonlySet<string> = new Set(['text/event-stream', 'text/*', '*/*']);
