import { describeHeld } from '../errors.ts';
import { classify, type OnUnknownCode } from './classify.ts';
import type { HttpResponse } from './transport.ts';

/**
 * The JSON object of a successful response. Success is `Success: true`; the vendor's pages type it as possibly false
 * with HTTP 200.
 *
 * @param onUnknownCode called for an error code that no page documents
 * @throws UpstreamError or NotFoundError for anything else, sorted by the upstream's `Code`
 */
export function parseAnswer(answer: HttpResponse, onUnknownCode?: OnUnknownCode): Record<string, unknown> {
  const body = parseObject(answer.text);
  if (body !== undefined && answer.status < 300 && body.Success === true) return body;
  const denied = body?.AccessDeniedDetail;
  const isDeniedByRam = typeof denied === 'object' && denied !== null;
  const failure = {
    status: answer.status,
    // The vendor's own clients take the names in lower case, too.
    code: nameIn(body?.Code) ?? nameIn(body?.code),
    flaw: flawOf(answer, body),
    requestId:
      nameIn(body?.RequestId) ?? nameIn(body?.requestId) ?? nameIn(answer.header('x-acs-request-id')),
    retryAfterMs: retryAfterMs(answer),
    quotaLeftMs: quotaLeftMs(answer),
    isDeniedByRam,
    deniedAction: isDeniedByRam ? actionIn((denied as Record<string, unknown>).AuthAction) : undefined,
  };
  throw classify(failure, onUnknownCode);
}

/** Why a response is neither a success nor an error that has a code: the field with what it holds. */
function flawOf({ text }: HttpResponse, body: Record<string, unknown> | undefined): string {
  if (body === undefined) return `body holds ${describeHeld(text)}, expected a JSON object`;
  if (body.Success === true) return 'Success holds true, but the status is no success';
  const code = body.Code ?? body.code;
  if (code !== undefined && code !== null && body.Success === undefined)
    return `Code holds ${describeHeld(code)}, expected the name of an error`;
  return `Success holds ${describeHeld(body.Success)}, expected true`;
}

/** The name of a RAM action, as in `ice:ListCustomizedVoiceJobs`. The rest of the detail is encoded and stays out of the log. */
function actionIn(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w-]{1,40}:\w{1,80}$/.test(value) ? value : undefined;
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

/** Longest pause that is believed when the upstream asks for one, in milliseconds: nobody waits for more than a minute. */
export const MAX_PAUSE_MS = 60_000;

/** Newer front ends announce the wait in milliseconds; only positive whole numbers count, as in the vendor's clients. */
function retryAfterMs({ header }: HttpResponse): number | undefined {
  const text = header('x-acs-retry-after');
  return text !== undefined && POSITIVE.test(text) ? Math.min(Number(text), MAX_PAUSE_MS) : undefined;
}

/** A positive whole number that JavaScript holds exactly. */
const POSITIVE = /^[1-9]\d{0,14}$/;

const TIME_LEFT = 'TimeLeft:';

/** Older ones tell the state of two quotas, as in `Limit:1,Remain:0,TimeLeft:2000`, in milliseconds. */
function quotaLeftMs({ header }: HttpResponse): number | undefined {
  const left = ['x-ratelimit-user-api', 'x-ratelimit-user'].flatMap((name) => {
    const field = (header(name) ?? '').split(',').find((text) => text.trimStart().startsWith(TIME_LEFT));
    const text = field?.trimStart().slice(TIME_LEFT.length);
    return text !== undefined && POSITIVE.test(text) ? [Number(text)] : [];
  });
  return left.length === 0 ? undefined : Math.min(Math.max(...left), MAX_PAUSE_MS);
}

/** A code or an id. What does not look like one is somebody's words, and these are for no log and no caller. */
export function nameIn(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w.-]{1,100}$/.test(value) ? value : undefined;
}
