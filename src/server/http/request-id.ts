import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** The id that a request goes by in logs and answers: the caller's own when it is short and harmless, else a new one. */
export function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[\w-]{1,64}$/.test(given) ? given : randomUUID();
}
