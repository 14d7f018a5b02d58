import { type KnownCode, UPSTREAM_CODES } from './codes.ts';

/** Allowed responses to a request. */
export interface Expectation {
  /** HTTP statuses. */
  readonly statuses: readonly number[];
  /** Allowed error codes. */
  readonly codes: readonly KnownCode[];
  /** Whether an error is required. */
  readonly isRejected: boolean;
}

/** For a valid query: a complete response, or an upstream failure. */
export const OK_OR_UPSTREAM_ERROR: Expectation = {
  statuses: [200],
  codes: UPSTREAM_CODES,
  isRejected: false,
};

/** For an invalid request: rejected with one of these codes, whatever the upstream does. */
export function rejectedWith(status: number | readonly number[], ...codes: KnownCode[]): Expectation {
  return { statuses: typeof status === 'number' ? [status] : status, codes, isRejected: true };
}

/** The part of a response that a verdict needs. */
export interface Judged {
  /** HTTP status; 0 without a response. */
  readonly status: number;
  /** Body, possibly empty; or why there is none. */
  readonly text: string;
}

/** A parsed response body. */
export interface Content {
  // biome-ignore lint/suspicious/noExplicitAny: the shape is the query's
  readonly data: any;
  /** Codes of its errors; `no code` for an error without one. */
  readonly codes: readonly string[];
}

/** Parses a body. An empty one has no data and no errors. Returns undefined if it is not a JSON object. */
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

/** Circumstances of a response. */
export interface Circumstances {
  /** Whether the upstream failed during the request, or shortly before. */
  readonly isExcused: boolean;
  /** Texts that no response may contain: hosts, keys and messages of the upstream. */
  readonly secrets: readonly string[];
}

/** What is wrong with a response; undefined if it is correct. Throttling needs no excuse: the load may exceed the quota. */
export function verdict(
  response: Judged,
  { statuses, codes: allowed, isRejected }: Expectation,
  { isExcused, secrets }: Circumstances,
): string | undefined {
  if (response.status === 0) return statuses.includes(0) ? undefined : `no response: ${response.text}`;
  const secret = secrets.findIndex((text) => response.text.includes(text));
  if (secret !== -1) return `contains secret ${secret} of the upstream`;
  const content = contentOf(response.text);
  if (content === undefined) return `HTTP ${response.status} with a body that is not JSON`;
  const { codes } = content;
  const strange = codes.find((code) => !(allowed as readonly string[]).includes(code));
  if (strange !== undefined) return strange;
  if (!statuses.includes(response.status)) return `HTTP ${response.status}`;
  if (isRejected && codes.length === 0 && response.status < 400) return 'accepted instead of rejected';
  const isUpstreams = (code: string) => code.startsWith('UPSTREAM_') && code !== 'UPSTREAM_THROTTLED';
  const unexcused = isExcused ? undefined : codes.find(isUpstreams);
  return unexcused === undefined ? undefined : `${unexcused} while the upstream worked`;
}
