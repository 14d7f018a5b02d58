import type { TraceSpan } from './span.ts';

const origins = new WeakMap<object, TraceSpan>();

/** Notes in which span something was read, or failed to be, so that others who are given it can be linked to that. */
export function noteOrigin(found: unknown, span: TraceSpan): void {
  if (typeof found === 'object' && found !== null) origins.set(found, span);
}

/** Undefined for what was read where nothing was traced. */
export function originOf(found: unknown): TraceSpan | undefined {
  return typeof found === 'object' && found !== null ? origins.get(found) : undefined;
}
