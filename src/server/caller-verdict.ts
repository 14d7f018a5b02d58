import type { IncomingMessage } from 'node:http';
import type { AuthResult } from '../auth/auth-result.ts';

const VERDICT = Symbol('verdict');

/** A property of the request and no WeakMap: it is set and read for each answer that is kept. */
type Judged = IncomingMessage & { [VERDICT]?: AuthResult };

/** Notes who sends a request, for its line in the log and its place in the metrics. */
export function noteVerdict(request: IncomingMessage, verdict: AuthResult): void {
  (request as Judged)[VERDICT] = verdict;
}

/** Undefined for a request that nobody looked at so. */
export function verdictOf(request: IncomingMessage): AuthResult | undefined {
  return (request as Judged)[VERDICT];
}
