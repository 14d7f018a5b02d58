import { UpstreamError } from '../errors.ts';
import { classify } from './classify.ts';

/** An answer as it came off the wire. */
export interface RawAnswer {
  /** HTTP status. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/**
 * The JSON object of a successful answer. Success is `Success: true`; the vendor's pages type it as possibly false
 * with HTTP 200.
 *
 * @throws UpstreamError or NotFoundError for anything else, sorted by the upstream's `Code`
 */
export function parseAnswer(answer: RawAnswer): Record<string, unknown> {
  const body = parseObject(answer.text);
  const requestId = textOf(body?.RequestId) ?? headerOf(answer, 'x-acs-request-id');
  if (body !== undefined && answer.status < 300 && body.Success === true) return body;

  const code = textOf(body?.Code);
  if (code === undefined && answer.status < 500) {
    throw new UpstreamError('UPSTREAM_BAD_RESPONSE', {
      detail:
        body === undefined
          ? `not a JSON object, HTTP ${answer.status}`
          : `Success is not true, HTTP ${answer.status}`,
      ...(requestId === undefined ? {} : { upstreamRequestId: requestId }),
    });
  }
  throw classify({ status: answer.status, code, requestId, retryAfterMs: retryAfterMs(answer) });
}

/** JSON, or the vendor's XML error body, of which only the two fields that matter are taken. */
function parseObject(text: string): Record<string, unknown> | undefined {
  if (text.trimStart().startsWith('<')) {
    const Code = /<Code>([^<]*)<\/Code>/.exec(text)?.[1];
    return Code === undefined
      ? undefined
      : { Code, RequestId: /<RequestId>([^<]*)<\/RequestId>/.exec(text)?.[1] };
  }
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Newer front ends announce the wait in milliseconds; only positive whole numbers count, as in the vendor's clients. */
function retryAfterMs(answer: RawAnswer): number | undefined {
  const text = headerOf(answer, 'x-acs-retry-after');
  return text !== undefined && /^[1-9]\d*$/.test(text) ? Number(text) : undefined;
}

function headerOf(answer: RawAnswer, name: string): string | undefined {
  const value = answer.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
