import type { IncomingMessage } from 'node:http';
import { type ExecutionArgs, type FormattedExecutionResult, GraphQLError } from 'graphql';
import { type Context, makeServer, type Server, type SubscribePayload } from 'graphql-ws';
import type { Credentials } from '../../auth/authenticator.ts';
import type { Refusal } from '../../auth/verdict.ts';
import { clientKeyOf } from '../address.ts';
import { verdictOf } from '../caller-verdict.ts';
import { withDocument } from '../graphql/document-id.ts';
import type { TrustedDocuments } from '../graphql/documents.ts';
import { endOperation, operationSpan } from '../graphql/operation-span.ts';
import type { Params } from '../graphql/params.ts';
import { codeOf } from '../graphql/result-code.ts';
import type { Guard } from '../guard.ts';
import { spanOf } from '../request-notes.ts';
import { type StreamsContext, tooMany } from '../streams/event-streams.ts';
import { Subscriptions, type SubscriptionsOptions } from '../streams/subscriptions.ts';
import { CLOSE, type Close } from './close.ts';
import type { Connection } from './connection.ts';
import { credentialsIn } from './credentials.ts';

/** How long a client may take to introduce itself, in milliseconds. */
const INIT_MS = 5000;

/** Subscriptions at a time on one connection: a page shows a hundred jobs at most. */
export const MAX_ON_CONNECTION = 100;

/** What is served on WebSockets at one path. */
export interface WebSocketEndpoint extends SubscriptionsOptions {
  readonly trustedDocuments: TrustedDocuments | undefined;
}

/** What is known of a connection. */
export interface Peer {
  readonly connection: Connection;
  /** The request that it began with. */
  readonly request: IncomingMessage;
  /** Undefined until it is known who is at the other end. */
  credentials: Credentials | undefined;
  /** Counts the connection once it has authenticated. @returns false when its client has too many; undefined: counted before */
  readonly enter: (() => boolean) | undefined;
  /** What gives back the places of its subscriptions, by their ids. */
  readonly leaves: Map<string, () => void>;
}

/**
 * The GraphQL over WebSocket protocol for one endpoint, for subscriptions alone: queries have a cache, and limits that are
 * counted by the request, over HTTP.
 *
 * @see https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
 */
export function createProtocol(
  endpoint: WebSocketEndpoint,
  guard: Guard,
  streams: StreamsContext,
): Server<Peer> {
  const subscriptions = new Subscriptions(endpoint);
  /** With what a subscription is to be run, or why it may not be begun. */
  const begin = async (
    { extra: peer, subscriptions: open }: Context<Record<string, unknown>, Peer>,
    id: string,
    payload: SubscribePayload,
  ): Promise<ExecutionArgs | readonly GraphQLError[]> => {
    if (Object.keys(open).length > MAX_ON_CONNECTION) return [rateLimited(tooManyHere())];
    const waitMs = await guard.count(peer.request);
    if (waitMs > 0) return [rateLimited('Too many requests in a minute.', waitMs)];
    const params = readPayload(payload, endpoint.trustedDocuments);
    if (params instanceof GraphQLError) return [params];
    const prepared = subscriptions.prepare(params);
    if (!('document' in prepared)) return prepared;
    const leave = streams.open.subscriptions.take(clientKeyOf(peer.request, verdictOf(peer.request)));
    if (leave === undefined) return [rateLimited(tooMany())];
    const caller = { signal: peer.connection.signal, upstreamCalls: 0, span: spanOf(peer.request) };
    const span = operationSpan(caller, 'subscription', prepared.name);
    const end = () => {
      leave();
      endOperation(span, 'OK', caller);
    };
    peer.leaves.set(id, span === undefined ? leave : end);
    streams.subscribed({ operation: prepared.name, code: 'OK' });
    return subscriptions.argsOf(prepared, caller);
  };

  return makeServer<Record<string, unknown>, Peer>({
    connectionInitWaitTimeout: INIT_MS,

    async onConnect({ extra: peer, connectionParams }) {
      if (peer.credentials !== undefined) return true;
      const credentials = credentialsIn(connectionParams);
      const { refusal, waitMs } = await guard.judge(peer.request, credentials);
      if (waitMs > 0 || refusal !== undefined) {
        const { code, reason } = waitMs > 0 || refusal === undefined ? CLOSE.hasty : closeFor(refusal);
        peer.connection.close(code, reason);
        return false;
      }
      if (peer.enter?.() === false) {
        peer.connection.close(CLOSE.hasty.code, CLOSE.hasty.reason);
        return false;
      }
      peer.credentials = credentials;
      return true;
    },

    async onSubscribe(context, id, payload) {
      const begun = await begin(context, id, payload);
      if (!('schema' in begun)) streams.subscribed({ operation: undefined, code: codeOf(begun) });
      return begun;
    },

    onNext: (_context, _id, _payload, _args, result) =>
      result.errors && (subscriptions.shown(result) as FormattedExecutionResult),

    onError: (_context, _id, _payload, errors) =>
      subscriptions.shownErrors(errors).map(({ locations = [], path = [], ...error }) => ({
        ...error,
        ...(locations.length > 0 && { locations }),
        ...(path.length > 0 && { path }),
      })),

    onComplete({ extra: { leaves } }, id) {
      leaves.get(id)?.();
      leaves.delete(id);
    },
  });
}

/** The library has seen to the types of what it knows. */
function readPayload(
  payload: SubscribePayload,
  trusted: TrustedDocuments | undefined,
): Params | GraphQLError {
  const read = trusted === undefined ? payload : withDocument({ ...payload }, trusted);
  if (read instanceof GraphQLError) return read;
  const { query, operationName, variables } = read as SubscribePayload;
  return { query, operationName: operationName ?? undefined, variables: variables ?? undefined };
}

function closeFor({ kind }: Refusal): Close {
  if (kind === 'missing') return CLOSE.missing;
  return kind === 'unchecked' ? CLOSE.unchecked : CLOSE.invalid;
}

function tooManyHere(): string {
  return `The connection has ${MAX_ON_CONNECTION} subscriptions, as many as are allowed. End one first.`;
}

function rateLimited(message: string, waitMs?: number): GraphQLError {
  const retryAfterMs = waitMs === undefined ? {} : { retryAfterMs: Math.ceil(waitMs) };
  return new GraphQLError(message, { extensions: { code: 'RATE_LIMITED', ...retryAfterMs } });
}
