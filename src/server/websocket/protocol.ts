import type { IncomingMessage } from 'node:http';
import { type ExecutionArgs, type ExecutionResult, GraphQLError, subscribe } from 'graphql';
import {
  GRAPHQL_TRANSPORT_WS_PROTOCOL,
  type Message,
  MessageType,
  parseMessage,
  type SubscribePayload,
} from 'graphql-ws';
import type { AuthFailure } from '../../auth/auth-result.ts';
import type { Credentials } from '../../auth/authenticator.ts';
import { type FaultHandler, guarded, inBackground } from '../../guarded.ts';
import { CallCounter } from '../../paging/caller.ts';
import { clientKeyOf } from '../address.ts';
import { verdictOf } from '../caller-verdict.ts';
import type { TrustedDocuments } from '../graphql/documents.ts';
import { endOperation, operationSpan } from '../graphql/operation-span.ts';
import { membersOf, type Params } from '../graphql/params.ts';
import { codeOf } from '../graphql/result-code.ts';
import type { Guard } from '../guard.ts';
import { beginSpanOf } from '../request-notes.ts';
import { type StreamsContext, tooMany } from '../streams/http-subscriptions.ts';
import {
  type Shown,
  type ShownError,
  Subscriptions,
  type SubscriptionsOptions,
} from '../streams/subscriptions.ts';
import { CLOSE, type Close } from './close.ts';
import type { Connection } from './connection.ts';
import { credentialsIn } from './credentials.ts';

/** How long a client may take to introduce itself, in milliseconds. */
const INIT_MS = 5000;

/** Subscriptions at a time on one connection: a page shows a hundred jobs at most. */
export const MAX_ON_CONNECTION = 100;

/** Longest id of a subscription, in characters. It is kept as long as the subscription, and sent with every result. */
const MAX_ID_LENGTH = 1000;

/** What is served on WebSockets at one path. */
export interface WebSocketEndpoint extends SubscriptionsOptions {
  readonly trustedDocuments: TrustedDocuments;
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
}

/** What the sessions of one endpoint share. */
interface SessionOptions {
  readonly subscriptions: Subscriptions;
  readonly trustedDocuments: TrustedDocuments;
  readonly guard: Guard;
  readonly streams: StreamsContext;
}

/** @returns what begins the protocol on one connection */
export function createProtocol(
  endpoint: WebSocketEndpoint,
  guard: Guard,
  streams: StreamsContext,
): (peer: Peer, failed: FaultHandler) => Session {
  const { trustedDocuments } = endpoint;
  const options = { subscriptions: new Subscriptions(endpoint), trustedDocuments, guard, streams };
  return (peer, failed) => new Session(options, peer, failed);
}

/**
 * One subscription, from its `subscribe` message until it is over. It owns all that it takes: its place among the client's
 * subscriptions and the stream of its results. The id that the peer chose only finds it while it lasts, because the peer may
 * use that id again while an earlier run is still being started or ended.
 */
class Run {
  readonly id: string;
  readonly #over = new AbortController();
  readonly #ends: (() => void)[] = [];

  constructor(id: string) {
    this.id = id;
  }

  /** Fires when it is over. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  get isOver(): boolean {
    return this.#over.signal.aborted;
  }

  /** Has something done when it is over; at once where it is over already. */
  atEnd(end: () => void): void {
    if (this.isOver) end();
    else this.#ends.push(end);
  }

  /** May be called again. */
  end(): void {
    if (this.isOver) return;
    this.#over.abort();
    for (const end of this.#ends) end();
  }
}

/**
 * The GraphQL over WebSocket protocol on one connection, for subscriptions alone: queries have a cache, and limits that are
 * counted by the request, over HTTP. The library reads the messages; the state is kept here, because the library finds
 * streams by the peer's ids and loses those whose id is used twice.
 *
 * @see https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #peer: Peer;
  readonly #failed: FaultHandler;
  /** Those that are not over, by the ids that the peer chose. */
  readonly #runs = new Map<string, Run>();
  #isInitialised = false;
  #isAcknowledged = false;

  /** @param failed gets what nobody waits for, and closes the connection */
  constructor(options: SessionOptions, peer: Peer, failed: FaultHandler) {
    this.#options = options;
    this.#peer = peer;
    this.#failed = failed;
    const { signal, protocol } = peer.connection;
    if (protocol !== GRAPHQL_TRANSPORT_WS_PROTOCOL) {
      this.#close(CLOSE.unspoken);
      return;
    }
    const timer = setTimeout(
      guarded(() => {
        if (!this.#isInitialised) this.#close(CLOSE.silent);
      }, failed),
      INIT_MS,
    );
    const end = () => {
      clearTimeout(timer);
      for (const run of [...this.#runs.values()]) this.#end(run);
    };
    signal.addEventListener('abort', guarded(end, failed), { once: true });
  }

  /** Takes a message of the peer. What comes after the connection has begun to close is ignored. */
  receive(text: string): void {
    if (this.#peer.connection.signal.aborted) return;
    let message: Message;
    try {
      message = parseMessage(text);
    } catch {
      this.#close(CLOSE.broken);
      return;
    }
    switch (message.type) {
      case MessageType.ConnectionInit:
        if (this.#isInitialised) this.#close(CLOSE.initialisedTwice);
        else {
          this.#isInitialised = true;
          inBackground(this.#initialise(message.payload), this.#failed);
        }
        return;
      case MessageType.Ping:
        this.#pong(message.payload);
        return;
      case MessageType.Pong:
        return;
      case MessageType.Subscribe:
        this.#subscribe(message.id, message.payload);
        return;
      case MessageType.Complete: {
        const run = this.#runs.get(message.id);
        if (run !== undefined) this.#end(run);
        return;
      }
      // Messages that only a server sends.
      default:
        this.#close(CLOSE.broken);
    }
  }

  async #initialise(params: Readonly<Record<string, unknown>> | null | undefined): Promise<void> {
    const peer = this.#peer;
    const sent = credentialsIn(params ?? {});
    // The head has been judged already, but not together with what comes now.
    if (peer.credentials === undefined || Object.keys(sent).length > 0) {
      const credentials = { ...this.#options.guard.credentialsOf(peer.request), ...sent };
      const { refusal, waitMs } = await this.#options.guard.judge(peer.request, credentials);
      if (waitMs > 0) return this.#close(CLOSE.hasty);
      if (refusal !== undefined) return this.#close(closeFor(refusal));
      if (peer.enter?.() === false) return this.#close(CLOSE.hasty);
      peer.credentials = credentials;
    }
    this.#isAcknowledged = true;
    await this.#send({ type: MessageType.ConnectionAck });
  }

  #pong(payload: Readonly<Record<string, unknown>> | null | undefined): void {
    let text: string;
    try {
      text = JSON.stringify({ type: MessageType.Pong, ...(payload && { payload }) });
    } catch {
      // Nested deeper than the stack allows.
      this.#close(CLOSE.broken);
      return;
    }
    inBackground(this.#peer.connection.send(text), this.#failed);
  }

  #subscribe(id: string, payload: SubscribePayload): void {
    if (!this.#isAcknowledged) this.#close(CLOSE.unacknowledged);
    else if (id.length > MAX_ID_LENGTH) this.#close(CLOSE.broken);
    else if (this.#runs.has(id)) this.#close(CLOSE.subscribedTwice);
    else {
      const run = new Run(id);
      this.#runs.set(id, run);
      inBackground(this.#serve(run, this.#begin(run, payload)), this.#failed);
    }
  }

  /** Sends what a subscription brings until it is over. */
  async #serve(run: Run, beginning: Promise<ExecutionArgs | readonly GraphQLError[]>): Promise<void> {
    const { subscriptions, streams } = this.#options;
    try {
      const begun = await beginning;
      if (!('schema' in begun)) {
        streams.subscribed({ operation: undefined, code: codeOf(begun) });
        await this.#sendErrors(run, subscriptions.shownErrors(begun));
        return;
      }
      if (run.isOver) return;
      const results = await subscribe(begun);
      if (Symbol.asyncIterator in results) {
        // Wherever the generator waits, this ends it.
        run.atEnd(() => inBackground(results.return(), this.#failed));
        for await (const result of results) await this.#sendResult(run, result);
      } else await this.#sendResult(run, results);
      if (run.isOver) return;
      this.#end(run);
      await this.#send({ id: run.id, type: MessageType.Complete });
    } catch (error) {
      await this.#sendErrors(run, subscriptions.shownErrors([error]));
    } finally {
      this.#end(run);
    }
  }

  /** With what a subscription is to be run, or why it may not be begun. */
  async #begin(run: Run, payload: SubscribePayload): Promise<ExecutionArgs | readonly GraphQLError[]> {
    const { subscriptions, guard, streams, trustedDocuments } = this.#options;
    const { request } = this.#peer;
    if (this.#runs.size > MAX_ON_CONNECTION) return [rateLimited(tooManyHere())];
    const waitMs = await guard.count(request);
    if (waitMs > 0) return [rateLimited('Too many requests in a minute.', waitMs)];
    const params = readPayload(payload, trustedDocuments);
    if (params instanceof GraphQLError) return [params];
    const prepared = subscriptions.prepare(params);
    if (!('document' in prepared)) return prepared;
    const leave = streams.open.subscriptions.take(clientKeyOf(request, verdictOf(request)));
    if (leave === undefined) return [rateLimited(tooMany())];
    run.atEnd(leave);
    const caller = { signal: run.signal, calls: new CallCounter(), span: beginSpanOf(request) };
    const span = operationSpan(caller, 'subscription', prepared.name);
    if (span !== undefined) run.atEnd(() => endOperation(span, 'OK', caller));
    streams.subscribed({ operation: prepared.name, code: 'OK' }, verdictOf(request)?.client?.name);
    return subscriptions.argsOf(prepared, caller);
  }

  async #sendResult(run: Run, result: ExecutionResult): Promise<void> {
    if (run.isOver) return;
    const { subscriptions } = this.#options;
    const payload: Shown = result.errors === undefined ? result : subscriptions.shown(result);
    await this.#send({ id: run.id, type: MessageType.Next, payload });
  }

  /** The last message of a subscription that could not be begun, or broke. */
  async #sendErrors(run: Run, errors: readonly ShownError[]): Promise<void> {
    if (run.isOver) return;
    this.#end(run);
    const payload = errors.map(({ locations = [], path = [], ...error }) => ({
      ...error,
      ...(locations.length > 0 && { locations }),
      ...(path.length > 0 && { path }),
    }));
    await this.#send({ id: run.id, type: MessageType.Error, payload });
  }

  #end(run: Run): void {
    if (this.#runs.get(run.id) === run) this.#runs.delete(run.id);
    run.end();
  }

  #send(message: Readonly<Record<string, unknown>>): Promise<void> {
    return this.#peer.connection.send(JSON.stringify(message));
  }

  #close({ code, reason }: Close): void {
    this.#peer.connection.close(code, reason);
  }
}

/** The library has seen to the types of what it knows. */
function readPayload(payload: SubscribePayload, trusted: TrustedDocuments): Params | GraphQLError {
  const members = membersOf({ ...payload }, trusted);
  if (members instanceof GraphQLError) return members;
  const { query, operationName, variables } = members as SubscribePayload;
  return { query, operationName: operationName ?? undefined, variables: variables ?? undefined };
}

function closeFor({ kind }: AuthFailure): Close {
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
