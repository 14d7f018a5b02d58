/** Where a trace comes from, or goes on. */
export interface TraceParent {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  /** Whether whoever began the trace records it. */
  readonly isSampled: boolean;
}

/** Version, trace, span, flags; later versions may have more after that. */
const TRACEPARENT = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;

const SAMPLED = 1;

/**
 * Reads a `traceparent` header. Undefined for what is none: then the trace begins here.
 *
 * @see https://www.w3.org/TR/trace-context/#traceparent-header-field-values
 */
export function readTraceparent(header: string | undefined): TraceParent | undefined {
  const found = header === undefined ? null : TRACEPARENT.exec(header);
  if (found === null) return undefined;
  const [, version, traceId = '', spanId = '', flags = '', rest] = found;
  if (version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & SAMPLED) !== 0 };
}

/** The header of version 00, which every later one reads. */
export function writeTraceparent({ traceId, spanId, isSampled }: TraceParent): string {
  return `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`;
}

/** Longest that has to be passed on, in characters, and most members. */
const MAX_STATE_LENGTH = 512;
const MAX_STATE_MEMBERS = 32;

const STATE_MEMBER =
  /^[a-z\d][a-z\d_\-*/@]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

/**
 * A `tracestate` header as it may be passed on; empty for one that is not well formed, which has to be dropped as a whole.
 *
 * @see https://www.w3.org/TR/trace-context-2/#tracestate-header-field-values
 */
export function readTracestate(header: string | readonly string[] | undefined): string {
  const text = typeof header === 'object' ? header.join(',') : (header ?? '');
  if (text.length > MAX_STATE_LENGTH) return '';
  const members = text.split(',').map((member) => member.trim());
  const given = members.filter((member) => member !== '');
  const isWellFormed =
    given.length <= MAX_STATE_MEMBERS && given.every((member) => STATE_MEMBER.test(member));
  return isWellFormed ? given.join(',') : '';
}
