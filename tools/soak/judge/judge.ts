import type { Reply } from '../client.ts';
import type { FailureLog } from '../upstream/failure-log.ts';
import { type Circumstances, contentOf, type Expectation, verdict } from './verdict.ts';

/** An unexpected event, with its number of occurrences. */
export interface Unexpected {
  readonly role: string;
  readonly what: string;
  /** Its first occurrence: request id as in the gateway's log, and text. */
  readonly first: { readonly requestId: string; readonly text: string };
  count: number;
}

/** A slow response. */
export interface Slow {
  readonly role: string;
  readonly requestId: string;
  readonly tookMs: number;
}

/** Number of slowest responses that are recorded. */
const MAX_SLOWEST = 5;

/** Maximum length of a response in the report, in characters. */
const MAX_TEXT_CHARS = 300;

/** Judges and counts every response. */
export class Judge {
  /** By role, then by result: `complete`, a code, or an HTTP status without a code. */
  readonly responses = new Map<string, Map<string, number>>();
  readonly unexpected = new Map<string, Unexpected>();
  /** Durations of all responses that their clients waited for, in milliseconds. */
  readonly tookMs: number[] = [];
  /** Number of responses by code, over all roles, without complete ones. */
  readonly byCode = new Map<string, number>();
  /** The slowest responses, the slowest first. */
  slowest: readonly Slow[] = [];
  readonly #failures: FailureLog;
  readonly #secrets: readonly string[];

  /** @param secrets texts that no response may contain */
  constructor(failures: FailureLog, secrets: readonly string[]) {
    this.#failures = failures;
    this.#secrets = secrets;
  }

  /** Total number of unexpected events. */
  get unexpectedCount(): number {
    return [...this.unexpected.values()].reduce((sum, { count }) => sum + count, 0);
  }

  /**
   * Judges a response.
   *
   * @returns the data of a complete one, in the shape of its query; undefined otherwise
   */
  // biome-ignore lint/suspicious/noExplicitAny: the shape is the query's
  judge(role: string, reply: Reply, expectation: Expectation): any {
    const circumstances: Circumstances = {
      isExcused: this.#failures.excuses(reply.startedAtMs),
      secrets: this.#secrets,
    };
    const content = reply.status === 0 ? undefined : contentOf(reply.text);
    const isComplete = content?.codes.length === 0 && content.data != null;
    this.#time(role, reply);
    this.#count(role, isComplete ? 'complete' : (content?.codes[0] ?? `HTTP ${reply.status}`));
    for (const code of content?.codes.slice(0, 1) ?? []) add(this.byCode, code);
    const wrong = verdict(reply, expectation, circumstances);
    if (wrong !== undefined) this.recordUnexpected(role, wrong, reply.requestId, reply.text);
    return isComplete ? content.data : undefined;
  }

  /** Counts a request without an expected response, by its outcome. */
  note(role: string, what: string): void {
    this.#count(role, what);
  }

  /** Records an unexpected event. */
  recordUnexpected(role: string, what: string, requestId: string, text = ''): void {
    const key = `${role}: ${what}`;
    const known = this.unexpected.get(key);
    if (known !== undefined) known.count += 1;
    else
      this.unexpected.set(key, {
        role,
        what,
        first: { requestId, text: text.slice(0, MAX_TEXT_CHARS) },
        count: 1,
      });
  }

  #time(role: string, { requestId, tookMs }: Reply): void {
    this.tookMs.push(tookMs);
    if (this.slowest.length === MAX_SLOWEST && tookMs <= (this.slowest.at(-1)?.tookMs ?? 0)) return;
    this.slowest = [...this.slowest, { role, requestId, tookMs }]
      .sort((a, b) => b.tookMs - a.tookMs)
      .slice(0, MAX_SLOWEST);
  }

  #count(role: string, what: string): void {
    const counts = this.responses.get(role) ?? new Map<string, number>();
    this.responses.set(role, counts);
    add(counts, what);
  }
}

function add(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}
