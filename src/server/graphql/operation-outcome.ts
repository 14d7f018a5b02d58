import type { Caller } from '../../paging/caller.ts';
import type { TraceSpan } from '../../telemetry/trace/tracer.ts';
import { displayedName } from '../http/request-context.ts';

/** `OK`, or the code of the first error as the caller sees it. */
export function codeOf(
  errors: readonly { readonly extensions?: Readonly<Record<string, unknown>> | undefined }[] | undefined,
): string {
  const [first] = errors ?? [];
  if (first === undefined) return 'OK';
  const code = first.extensions?.code;
  return typeof code === 'string' ? code : 'INTERNAL_SERVER_ERROR';
}

/**
 * Begins the span of an operation, the parent of its upstream reads; undefined when nothing is traced. Text and variables of
 * the operation are left out.
 *
 * @param name empty for an anonymous operation
 * @see https://opentelemetry.io/docs/specs/semconv/graphql/graphql-spans/
 */
export function beginOperationSpan(
  caller: Caller & { span: TraceSpan | undefined },
  type: 'query' | 'mutation' | 'subscription',
  name: string,
): TraceSpan | undefined {
  if (caller.span === undefined) return undefined;
  const shown = displayedName(name);
  caller.span = caller.span.child(shown === undefined ? type : `${type} ${shown}`, 'internal', {
    'graphql.operation.type': type,
    'graphql.operation.name': shown,
  });
  return caller.span;
}

/** @param code of the first error, or OK */
export function endOperationSpan(span: TraceSpan | undefined, code: string, { calls }: Caller): void {
  if (span === undefined) return;
  span.set('upstream.calls', calls?.count);
  span.end(code === 'OK' ? undefined : code);
}
