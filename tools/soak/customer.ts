import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, Reply, RequestSpec } from './client.ts';
import type { Judge } from './judge/judge.ts';
import { type Expectation, OK_OR_UPSTREAM_ERROR } from './judge/verdict.ts';
import type { ChangingLists } from './upstream/changing-lists.ts';

/** Options of a customer. */
export interface CustomerOptions {
  readonly role: string;
  /** Origin of the gateway: scheme, host and port. */
  readonly origin: string;
  readonly client: Client;
  /** Its API key. */
  readonly key: string;
  readonly judge: Judge;
  readonly lists: ChangingLists;
  readonly random: () => number;
  readonly ended: AbortSignal;
}

/** A client of the crowd, controlled by its role: it sends requests, and its responses are judged. */
export class Customer {
  readonly origin: string;
  readonly lists: ChangingLists;
  readonly random: () => number;
  readonly ended: AbortSignal;
  readonly #options: CustomerOptions;

  constructor(options: CustomerOptions) {
    this.#options = options;
    this.origin = options.origin;
    this.lists = options.lists;
    this.random = options.random;
    this.ended = options.ended;
  }

  /** Header with its API key. */
  get credentials(): Record<string, string> {
    return { 'x-api-key': this.#options.key };
  }

  /** Sends a request with the key, unless it has its own, and does not judge the response. */
  send(spec: RequestSpec): Promise<Reply> {
    return this.#options.client.send({ ...spec, headers: { ...this.credentials, ...spec.headers } });
  }

  /** Sends a request without a key. */
  sendUnauthenticated(spec: RequestSpec): Promise<Reply> {
    return this.#options.client.send(spec);
  }

  /** Judges a reply. Returns the data of a complete response, undefined otherwise. */
  // biome-ignore lint/suspicious/noExplicitAny: the shape is the query's
  judge(reply: Reply, expectation: Expectation = OK_OR_UPSTREAM_ERROR): any {
    // Responses cut off by the end of the run are not judged.
    if (this.ended.aborted && reply.status === 0) return undefined;
    return this.#options.judge.judge(this.#options.role, reply, expectation);
  }

  /** Sends a query. */
  post(query: string, variables: Readonly<Record<string, unknown>> = {}, path = '/graphql'): Promise<Reply> {
    const headers = { 'content-type': 'application/json' };
    return this.send({ target: path, headers, body: JSON.stringify({ query, variables }) });
  }

  /** Sends a query and judges the response. Returns the data of a complete response, undefined otherwise. */
  async ask(
    query: string,
    variables: Readonly<Record<string, unknown>> = {},
    {
      path = '/graphql',
      expectation = OK_OR_UPSTREAM_ERROR,
    }: { path?: string; expectation?: Expectation } = {},
    // biome-ignore lint/suspicious/noExplicitAny: the shape is the query's
  ): Promise<any> {
    return this.judge(await this.post(query, variables, path), expectation);
  }

  /** Records the outcome of a request without an expected response. */
  note(what: string): void {
    this.#options.judge.note(this.#options.role, what);
  }

  /** Records something unexpected. */
  recordUnexpected(what: string, requestId: string): void {
    this.#options.judge.recordUnexpected(this.#options.role, what, requestId);
  }

  /** Waits for a random time, or until the end of the run. */
  async pause(minMs: number, maxMs: number): Promise<void> {
    const waitMs = minMs + this.random() * (maxMs - minMs);
    await sleep(waitMs, undefined, { signal: this.ended }).catch(() => undefined);
  }

  /** Closes its connections. */
  close(): void {
    this.#options.client.close();
  }
}
