import { type KnownCode, UPSTREAM_CODES } from './codes.ts';

/** What a request may be answered with. */
export interface Expectation {
  /** HTTP statuses. */
  readonly statuses: readonly number[];
  /** Codes of errors it may have. */
  readonly codes: readonly KnownCode[];
  /** Whether it has to have an error. */
  readonly isRefused: boolean;
}

/** A good query: answered whole, or with the upstream's failing. */
export const ANSWERED: Expectation = { statuses: [200], codes: UPSTREAM_CODES, isRefused: false };

/** A bad one: refused with one of these codes, whatever the upstream does. */
export function refusedWith(status: number | readonly number[], ...codes: KnownCode[]): Expectation {
  return { statuses: typeof status === 'number' ? [status] : status, codes, isRefused: true };
}

/** An answer as far as a verdict needs it. */
export interface Judged {
  /** HTTP status; 0 when none came. */
  readonly status: number;
  /** Body, empty for an answer without one; or why none came. */
  readonly text: string;
}

/** An answer in the clear. */
export interface Content {
  // biome-ignore lint/suspicious/noExplicitAny: the shape is the query's
  readonly data: any;
  /** Of its errors, `no code` for one without. */
  readonly codes: readonly string[];
}

/** Reads a body; one that is empty has no content and no errors. Undefined when it is no JSON object. */
export function contentOf(text: string): Content | undefined {
  if (text === '') return { data: undefined, codes: [] };
  try {
    const { data, errors = [] } = JSON.parse(text);
    const codes = errors.map(
      ({ extensions }: { extensions?: { code?: string } }) => extensions?.code ?? 'no code',
    );
    return { data, codes };
  } catch {
    return undefined;
  }
}

/** What an answer is judged by, beside itself. */
export interface Circumstances {
  /** Whether the upstream failed while it was asked, or shortly before. */
  readonly isExcused: boolean;
  /** What must not be told: hosts, keys and words of the upstream. */
  readonly secrets: readonly string[];
}

/**
 * What is wrong with an answer; undefined when nothing is. A short quota needs no excuse: the load may ask for more than it
 * grants.
 */
export function verdict(
  answer: Judged,
  { statuses, codes: allowed, isRefused }: Expectation,
  { isExcused, secrets }: Circumstances,
): string | undefined {
  if (answer.status === 0) return statuses.includes(0) ? undefined : `no answer: ${answer.text}`;
  const secret = secrets.findIndex((text) => answer.text.includes(text));
  if (secret !== -1) return `tells secret ${secret} of the upstream`;
  const content = contentOf(answer.text);
  if (content === undefined) return `HTTP ${answer.status} with a body that is no JSON`;
  const { codes } = content;
  const strange = codes.find((code) => !(allowed as readonly string[]).includes(code));
  if (strange !== undefined) return strange;
  if (!statuses.includes(answer.status)) return `HTTP ${answer.status}`;
  if (isRefused && codes.length === 0 && answer.status < 400) return 'taken, and should have been refused';
  const isUpstreams = (code: string) => code.startsWith('UPSTREAM_') && code !== 'UPSTREAM_THROTTLED';
  const unexcused = isExcused ? undefined : codes.find(isUpstreams);
  return unexcused === undefined ? undefined : `${unexcused} while the upstream worked`;
}
