import { setTimeout as sleep } from 'node:timers/promises';
import type { Asked, Client, Reply } from './client.ts';
import type { Judge } from './judge/judge.ts';
import { ANSWERED, type Expectation } from './judge/verdict.ts';
import type { ChangingLists } from './upstream/lists.ts';

/** What a customer is made of. */
export interface CustomerOptions {
  readonly role: string;
  /** Where the gateway is: scheme, host and port. */
  readonly origin: string;
  readonly client: Client;
  /** Its API key. */
  readonly key: string;
  readonly judge: Judge;
  readonly lists: ChangingLists;
  readonly random: () => number;
  readonly ended: AbortSignal;
}

/** One client of the crowd as its role plays it: it asks, and what it gets is judged. */
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

  /** The header that lets it in. */
  get credentials(): Record<string, string> {
    return { 'x-api-key': this.#options.key };
  }

  /** Sends a request as it is, with the key unless it has one of its own, and judges nothing. */
  send(asked: Asked): Promise<Reply> {
    return this.#options.client.send({ ...asked, headers: { ...this.credentials, ...asked.headers } });
  }

  /** Sends a request without any key. */
  sendAsStranger(asked: Asked): Promise<Reply> {
    return this.#options.client.send(asked);
  }

  /** Judges a reply; returns the data of a whole answer, undefined for any other. */
  // biome-ignore lint/suspicious/noExplicitAny: the shape is the query's
  judge(reply: Reply, expectation: Expectation = ANSWERED): any {
    // Answers that the end of the run cut short say nothing.
    if (this.ended.aborted && reply.status === 0) return undefined;
    return this.#options.judge.judge(this.#options.role, reply, expectation);
  }

  /** Sends a query. */
  post(query: string, variables: Readonly<Record<string, unknown>> = {}, path = '/graphql'): Promise<Reply> {
    const headers = { 'content-type': 'application/json' };
    return this.send({ target: path, headers, body: JSON.stringify({ query, variables }) });
  }

  /** Asks a query; returns the data of a whole answer, undefined for any other. */
  async ask(
    query: string,
    variables: Readonly<Record<string, unknown>> = {},
    { path = '/graphql', expectation = ANSWERED }: { path?: string; expectation?: Expectation } = {},
    // biome-ignore lint/suspicious/noExplicitAny: the shape is the query's
  ): Promise<any> {
    return this.judge(await this.post(query, variables, path), expectation);
  }

  /** Notes what became of a request that was not to be answered. */
  note(what: string): void {
    this.#options.judge.note(this.#options.role, what);
  }

  /** Notes something that should not have happened. */
  complain(what: string, requestId: string): void {
    this.#options.judge.complain(this.#options.role, what, requestId);
  }

  /** Waits for a random time, or until the end. */
  async pause(leastMs: number, mostMs: number): Promise<void> {
    const waitMs = leastMs + this.random() * (mostMs - leastMs);
    await sleep(waitMs, undefined, { signal: this.ended }).catch(() => undefined);
  }

  /** Closes its connections. */
  close(): void {
    this.#options.client.close();
  }
}
