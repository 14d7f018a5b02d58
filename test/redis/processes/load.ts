import { setTimeout as sleep } from 'node:timers/promises';

/** Results of a load. */
export interface Outcome {
  readonly answers: number;
  /** The slowest response, in milliseconds. */
  readonly slowestMs: number;
  /** Responses with errors and broken connections, as short texts. */
  readonly failures: readonly string[];
}

/** A query with its variables. */
export interface Question {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** A load: how many clients, which replicas, which questions. */
export interface Demand {
  readonly origins: readonly string[];
  readonly clients: number;
  /** The next question of a client. */
  readonly question: (client: number, request: number) => Question;
  /** Pause between a response and the client's next request, in milliseconds. */
  readonly pauseMs: number;
}

/** Clients that send requests until stopped, each to the next replica in turn. */
export class Load {
  readonly #demand: Demand;
  readonly #clients: Promise<void>[];
  readonly #failures: string[] = [];
  #answers = 0;
  #slowestMs = 0;
  #isOver = false;
  readonly #aborted = new AbortController();

  constructor(demand: Demand) {
    this.#demand = demand;
    this.#clients = Array.from({ length: demand.clients }, (_, client) => this.#ask(client));
  }

  async stop(): Promise<Outcome> {
    this.#isOver = true;
    await Promise.all(this.#clients);
    return { answers: this.#answers, slowestMs: this.#slowestMs, failures: this.#failures };
  }

  /** Like {@link stop}, but aborts requests in flight. */
  abort(): Outcome {
    this.#isOver = true;
    this.#aborted.abort();
    return { answers: this.#answers, slowestMs: this.#slowestMs, failures: [...this.#failures] };
  }

  async #ask(client: number): Promise<void> {
    const { origins, question, pauseMs } = this.#demand;
    for (let request = 0; !this.#isOver; request++) {
      const origin = origins[(client + request) % origins.length];
      const askedAt = performance.now();
      const failure = await ask(`${origin}/graphql`, question(client, request), this.#aborted.signal).catch(
        String,
      );
      this.#slowestMs = Math.max(this.#slowestMs, performance.now() - askedAt);
      if (failure === undefined) this.#answers++;
      else this.#failures.push(failure);
      await sleep(pauseMs);
    }
  }
}

let asked = 0;

/** Sends a query that the response cache cannot serve. Undefined if the response is complete. */
async function ask(
  url: string,
  { query, variables }: Question,
  signal: AbortSignal,
): Promise<string | undefined> {
  asked++;
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables: { ...variables, asked } }),
    signal,
  });
  const { errors } = (await response.json()) as {
    errors?: { extensions?: { code?: string }; message: string }[];
  };
  return errors && `${errors[0]?.extensions?.code}: ${errors[0]?.message}`;
}
