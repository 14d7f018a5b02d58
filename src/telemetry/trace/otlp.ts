import type { Attributes, SpanKind, TraceSpan } from './span.ts';

/** @see https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto */
const KINDS: Readonly<Record<SpanKind, number>> = { internal: 1, server: 2, client: 3 };

/** Of a span in which somebody failed who answers the caller; the others leave it open. */
const STATUS_ERROR = 2;

/** Codes of the gateway's own failures and of the upstream's. What a caller did wrong is no error here. */
const FAULT = /^(UPSTREAM_|INTERNAL_)/;

const SCOPE = { name: 'voice-jobs-gateway' };

/**
 * Spans that have ended, as the JSON that a collector takes.
 *
 * @param resource says who sends them
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
export function encodeSpans(resource: Attributes, spans: readonly TraceSpan[]): string {
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: encodeAttributes(resource) },
        scopeSpans: [{ scope: SCOPE, spans: spans.map(encodeSpan) }],
      },
    ],
  });
}

function encodeSpan({
  trace,
  spanId,
  parentSpanId,
  name,
  kind,
  startedAt,
  endedAt = startedAt,
  attributes,
  links,
  error,
}: TraceSpan) {
  const { traceId, traceState, epochMs } = trace;
  return {
    traceId,
    spanId,
    parentSpanId,
    traceState: traceState || undefined,
    name,
    kind: KINDS[kind],
    startTimeUnixNano: nanoseconds(epochMs, startedAt),
    endTimeUnixNano: nanoseconds(epochMs, endedAt),
    attributes: encodeAttributes(error === undefined ? attributes : { ...attributes, 'error.type': error }),
    links: links.length === 0 ? undefined : links.map(encodeLink),
    status: error !== undefined && FAULT.test(error) ? { code: STATUS_ERROR } : undefined,
  };
}

function encodeLink({ trace: { traceId, traceState }, spanId }: TraceSpan) {
  return { traceId, spanId, traceState: traceState || undefined };
}

function encodeAttributes(attributes: Attributes) {
  const encoded = [];
  for (const key of Object.keys(attributes)) {
    const value = attributes[key];
    if (value !== undefined) encoded.push({ key, value: encodeValue(value) });
  }
  return encoded;
}

function encodeValue(value: string | number | boolean) {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isInteger(value) ? { intValue: value } : { doubleValue: value };
}

/** Since 1970, as decimal digits: no number of JavaScript holds them all. */
function nanoseconds(epochMs: number, at: number): string {
  const microseconds = Math.round((epochMs + at) * 1000);
  return `${microseconds}000`;
}
