import type { Reply } from '../client.ts';
import type { Weather } from '../upstream/weather.ts';
import { type Circumstances, contentOf, type Expectation, verdict } from './verdict.ts';

/** Something that should not have happened, however often it did. */
export interface Unexpected {
  readonly role: string;
  readonly what: string;
  /** The first of them, as the gateway's log names it; followed by the words that were said. */
  readonly first: { readonly requestId: string; readonly text: string };
  count: number;
}

/** An answer that took long. */
export interface Slow {
  readonly role: string;
  readonly requestId: string;
  readonly tookMs: number;
}

/** How many of the slowest answers are remembered. */
const SLOWEST = 5;

/** Longest answer that a report shows, in characters. */
const SHOWN = 300;

/** Keeps account of every answer. */
export class Judge {
  /** By role, then by what came: `whole`, a code, or an HTTP status without one. */
  readonly answers = new Map<string, Map<string, number>>();
  readonly unexpected = new Map<string, Unexpected>();
  /** Of every answer that its client waited for, in milliseconds. */
  readonly tookMs: number[] = [];
  /** Answers so far by code, all roles together; whole ones are not among them. */
  readonly byCode = new Map<string, number>();
  /** The slowest answers, the slowest first. */
  slowest: readonly Slow[] = [];
  readonly #weather: Weather;
  readonly #secrets: readonly string[];

  /** @param secrets what no answer may hold */
  constructor(weather: Weather, secrets: readonly string[]) {
    this.#weather = weather;
    this.#secrets = secrets;
  }

  /** How often something unexpected happened. */
  get unexpectedCount(): number {
    return [...this.unexpected.values()].reduce((sum, { count }) => sum + count, 0);
  }

  /**
   * Judges an answer.
   *
   * @returns the data of a whole one, in the shape of its query; undefined for any other
   */
  // biome-ignore lint/suspicious/noExplicitAny: the shape is the query's
  judge(role: string, reply: Reply, expectation: Expectation): any {
    const circumstances: Circumstances = {
      isExcused: this.#weather.excuses(reply.startedAtMs),
      secrets: this.#secrets,
    };
    const content = reply.status === 0 ? undefined : contentOf(reply.text);
    const isWhole = content?.codes.length === 0 && content.data != null;
    this.#time(role, reply);
    this.#count(role, isWhole ? 'whole' : (content?.codes[0] ?? `HTTP ${reply.status}`));
    for (const code of content?.codes.slice(0, 1) ?? []) add(this.byCode, code);
    const wrong = verdict(reply, expectation, circumstances);
    if (wrong !== undefined) this.complain(role, wrong, reply.requestId, reply.text);
    return isWhole ? content.data : undefined;
  }

  /** A request that was not to be answered, by what became of it. */
  note(role: string, what: string): void {
    this.#count(role, what);
  }

  /** Notes something that should not have happened. */
  complain(role: string, what: string, requestId: string, text = ''): void {
    const key = `${role}: ${what}`;
    const known = this.unexpected.get(key);
    if (known !== undefined) known.count += 1;
    else this.unexpected.set(key, { role, what, first: { requestId, text: text.slice(0, SHOWN) }, count: 1 });
  }

  #time(role: string, { requestId, tookMs }: Reply): void {
    this.tookMs.push(tookMs);
    if (this.slowest.length === SLOWEST && tookMs <= (this.slowest.at(-1)?.tookMs ?? 0)) return;
    this.slowest = [...this.slowest, { role, requestId, tookMs }]
      .sort((a, b) => b.tookMs - a.tookMs)
      .slice(0, SLOWEST);
  }

  #count(role: string, what: string): void {
    const counts = this.answers.get(role) ?? new Map<string, number>();
    this.answers.set(role, counts);
    add(counts, what);
  }
}

function add(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}
