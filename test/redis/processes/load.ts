import { setTimeout as sleep } from 'node:timers/promises';

/** What clients got. */
export interface Outcome {
  readonly answers: number;
  /** What the slowest of them took, in milliseconds. */
  readonly slowestMs: number;
  /** Answers with errors and broken connections, each in a few words. */
  readonly failures: readonly string[];
}

/** Something to ask for. */
export interface Question {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** How much is asked of whom. */
export interface Demand {
  readonly origins: readonly string[];
  readonly clients: number;
  /** The next question of a client. */
  readonly question: (client: number, request: number) => Question;
  /** Between an answer and the next question of the same client, in milliseconds. */
  readonly pauseMs: number;
}

/** Clients that go on asking, each the next replica in turn, until they are told to stop. */
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

  /** Like {@link stop}, but gives up what has not been answered. */
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

/** In words that nobody has used before, so that no kept answer will do. Undefined when the answer is whole. */
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
