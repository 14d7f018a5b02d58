import type { Caller } from '../../paging/caller.ts';
import type { TraceSpan } from '../../telemetry/trace/tracer.ts';

/** Longest name of an operation in a trace, in characters. */
const MAX_NAME_LENGTH = 80;

/**
 * Begins the span of an operation, in which its reads belong from now on; undefined where nothing is traced. The
 * operation's text and variables stay out of it.
 *
 * @param name empty where it has none
 * @see https://opentelemetry.io/docs/specs/semconv/graphql/graphql-spans/
 */
export function operationSpan(
  caller: Caller & { span: TraceSpan | undefined },
  type: 'query' | 'mutation' | 'subscription',
  name: string,
): TraceSpan | undefined {
  if (caller.span === undefined) return undefined;
  const shown = name.slice(0, MAX_NAME_LENGTH);
  caller.span = caller.span.child(`${type} ${shown}`.trimEnd(), 'internal', {
    'graphql.operation.type': type,
    'graphql.operation.name': shown || undefined,
  });
  return caller.span;
}

/** @param code of the first error, or OK */
export function endOperation(span: TraceSpan | undefined, code: string, { calls }: Caller): void {
  if (span === undefined) return;
  span.set('upstream.calls', calls?.count);
  span.end(code === 'OK' ? undefined : code);
}
