import { GraphQLError } from 'graphql';
import {
  GRAPHQL_TRANSPORT_WS_PROTOCOL,
  type Message,
  MessageType,
  parseMessage,
  type SubscribePayload,
} from 'graphql-ws';
import type { AuthFailure } from '../../auth/auth-result.ts';
import type { RequestCredentials } from '../../auth/authenticator.ts';
import { type FaultHandler, guarded, inBackground } from '../../guarded.ts';
import { CallCounter } from '../../paging/caller.ts';
import type { AccessControl } from '../access/access-control.ts';
import { credentialsIn } from '../access/request-credentials.ts';
import { beginOperationSpan, codeOf, endOperationSpan } from '../graphql/operation-outcome.ts';
import { membersOf, type Params } from '../graphql/request-params.ts';
import type { TrustedDocuments } from '../graphql/trusted-documents.ts';
import type { RequestContext } from '../http/request-context.ts';
import { type StreamsContext, TOO_MANY_SUBSCRIPTIONS } from './http-subscriptions.ts';
import type { MaskedError, SubscriptionSource } from './subscription-source.ts';
import { CLOSE, type Close, type WsConnection } from './ws-connection.ts';

/** How long a client may take to send `connection_init`, in milliseconds. */
const INIT_MS = 5000;

/** Maximum number of concurrent subscriptions per connection; a page shows at most a hundred jobs. */
export const MAX_ON_CONNECTION = 100;

const TOO_MANY_ON_CONNECTION = `The connection has ${MAX_ON_CONNECTION} open subscriptions, the maximum. End one first.`;

/** Maximum length of a subscription id, in characters: every result repeats it. */
const MAX_ID_LENGTH = 1000;

/** State of a connection, and the components that serve it. */
export interface Peer {
  readonly source: SubscriptionSource;
  readonly access: AccessControl;
  readonly streams: StreamsContext;
  readonly connection: WsConnection;
  /** Context of the upgrade request. */
  readonly context: RequestContext;
  /** Undefined until the client has authenticated. */
  credentials: RequestCredentials | undefined;
  /**
   * Counts the connection after authentication; undefined if it was counted before.
   *
   * @returns false when its client has too many connections
   */
  readonly enter: (() => boolean) | undefined;
}

/** Starts a valid subscription. */
type Start = () => ReturnType<SubscriptionSource['start']>;

/**
 * One subscription, from its `subscribe` message to its end. It holds its slot in the client's limit and the iterator of its
 * results. The client may reuse its id while an earlier run is still starting or ending.
 */
class Run {
  readonly id: string;
  readonly #over = new AbortController();
  /** Aborted when the subscription is over. */
  readonly signal = this.#over.signal;
  readonly #ends: (() => void)[] = [];

  constructor(id: string) {
    this.id = id;
  }

  get isOver(): boolean {
    return this.signal.aborted;
  }

  /** Calls a function when the subscription is over; at once if it is over already. */
  atEnd(end: () => void): void {
    if (this.isOver) end();
    else this.#ends.push(end);
  }

  /** Idempotent. */
  end(): void {
    if (this.isOver) return;
    this.#over.abort();
    for (const end of this.#ends) end();
  }
}

/**
 * The graphql-transport-ws protocol on one connection, for subscriptions only: queries have their cache and limits over HTTP.
 * The library parses messages; this class keeps the state, because the library loses streams whose id is reused.
 *
 * @see https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
 */
export class WsSession {
  readonly #peer: Peer;
  readonly #failed: FaultHandler;
  /** Running subscriptions by the ids that the client chose. */
  readonly #runs = new Map<string, Run>();
  #isInitialised = false;
  #isAcknowledged = false;

  constructor(peer: Peer) {
    const { signal, protocol, failed } = peer.connection;
    this.#peer = peer;
    this.#failed = failed;
    if (protocol !== GRAPHQL_TRANSPORT_WS_PROTOCOL) {
      this.#close(CLOSE.unsupportedProtocol);
      return;
    }
    const timer = setTimeout(
      guarded(() => {
        if (!this.#isInitialised) this.#close(CLOSE.initTimeout);
      }, failed),
      INIT_MS,
    );
    const end = () => {
      clearTimeout(timer);
      for (const run of [...this.#runs.values()]) this.#end(run);
    };
    signal.addEventListener('abort', guarded(end, failed), { once: true });
  }

  /** Handles a message of the client. Ignores messages after the connection has begun to close. */
  receive(text: string): void {
    if (this.#peer.connection.signal.aborted) return;
    let message: Message;
    try {
      message = parseMessage(text);
    } catch {
      this.#close(CLOSE.invalidMessage);
      return;
    }
    switch (message.type) {
      case MessageType.ConnectionInit:
        if (this.#isInitialised) this.#close(CLOSE.initialisedTwice);
        else inBackground(this.#initialise(message.payload), this.#failed);
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
      // Messages that only a server may send.
      default:
        this.#close(CLOSE.invalidMessage);
    }
  }

  async #initialise(params: Readonly<Record<string, unknown>> | null | undefined): Promise<void> {
    this.#isInitialised = true;
    const peer = this.#peer;
    const sent = credentialsIn(params ?? {});
    // Credentials in the headers have been checked, but not together with these.
    if (peer.credentials === undefined || Object.keys(sent).length > 0) {
      const { access } = peer;
      const credentials = { ...access.credentialsOf(peer.context.request), ...sent };
      const { failure, waitMs } = await access.authenticate(peer.context, credentials);
      if (waitMs > 0) return this.#close(CLOSE.rateLimited);
      if (failure !== undefined) return this.#close(closeFor(failure));
      if (peer.enter?.() === false) return this.#close(CLOSE.rateLimited);
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
      // The payload is nested deeper than the stack allows.
      this.#close(CLOSE.invalidMessage);
      return;
    }
    inBackground(this.#peer.connection.send(text), this.#failed);
  }

  #subscribe(id: string, payload: SubscribePayload): void {
    if (!this.#isAcknowledged) this.#close(CLOSE.unacknowledged);
    else if (id.length > MAX_ID_LENGTH) this.#close(CLOSE.invalidMessage);
    else if (this.#runs.has(id)) this.#close(CLOSE.subscribedTwice);
    else {
      const run = new Run(id);
      this.#runs.set(id, run);
      inBackground(this.#serve(run, this.#begin(run, payload)), this.#failed);
    }
  }

  /** Sends the results of a subscription until it is over. */
  async #serve(run: Run, beginning: Promise<Start | readonly GraphQLError[]>): Promise<void> {
    const { source, streams } = this.#peer;
    try {
      const begun = await beginning;
      if (typeof begun !== 'function') {
        streams.record({ operation: undefined, code: codeOf(begun) });
        await this.#sendErrors(run, source.masked(begun));
        return;
      }
      if (run.isOver) return;
      const results = await begun();
      run.atEnd(() => {
        const left = results.return?.();
        if (left !== undefined) inBackground(left, this.#failed);
      });
      for (;;) {
        const { done, value } = await results.next();
        if (run.isOver) return;
        if (done) break;
        await this.#send({ id: run.id, type: MessageType.Next, payload: value });
      }
      this.#end(run);
      await this.#send({ id: run.id, type: MessageType.Complete });
    } catch (error) {
      await this.#sendErrors(run, source.masked([error]));
    } finally {
      this.#end(run);
    }
  }

  /** Validates a subscription. Resolves with a function that starts it, or with the reasons why it may not start. */
  async #begin(run: Run, payload: SubscribePayload): Promise<Start | readonly GraphQLError[]> {
    const { source, access, streams, context } = this.#peer;
    if (this.#runs.size > MAX_ON_CONNECTION) return [rateLimited(TOO_MANY_ON_CONNECTION)];
    const waitMs = await access.count(context);
    if (waitMs > 0) return [rateLimited('Too many requests in a minute.', waitMs)];
    const params = readPayload(payload, source.trustedDocuments);
    if (params instanceof GraphQLError) return [params];
    const subscription = source.prepare(params);
    if (!('document' in subscription)) return subscription;
    const release = streams.open.subscriptions.take(context.clientKey);
    if (release === undefined) return [rateLimited(TOO_MANY_SUBSCRIPTIONS)];
    run.atEnd(release);
    const caller = { signal: run.signal, calls: new CallCounter(), span: context.beginSpan() };
    const span = beginOperationSpan(caller, 'subscription', subscription.name);
    if (span !== undefined) run.atEnd(() => endOperationSpan(span, 'OK', caller));
    streams.record({ operation: subscription.name, code: 'OK' }, context.clientName);
    return () => source.start(subscription, caller);
  }

  /** Ends a subscription that could not be started, or failed, with an `error` message. */
  async #sendErrors(run: Run, errors: readonly MaskedError[]): Promise<void> {
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

  #close(why: Close): void {
    this.#peer.connection.close(why);
  }
}

/** Converts a payload whose member types the library has validated. */
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

function rateLimited(message: string, waitMs?: number): GraphQLError {
  const retryAfterMs = waitMs === undefined ? {} : { retryAfterMs: Math.ceil(waitMs) };
  return new GraphQLError(message, { extensions: { code: 'RATE_LIMITED', ...retryAfterMs } });
}
