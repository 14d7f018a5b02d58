import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type Action, actions } from './actions.ts';
import type { ActiveFaults, Fault } from './faults.ts';
import { serverName } from './send.ts';

/** A fault that can be activated by name. */
export interface NamedFault {
  readonly fault: Fault;
  /** Error code that callers of the gateway get. */
  readonly code: string;
  /** Response to every call. */
  readonly meaning: string;
}

/** One fault for each kind of upstream failure. docs/emulator.md lists them. */
export const NAMED_FAULTS: ReadonlyMap<string, NamedFault> = new Map<string, NamedFault>([
  [
    'throttled',
    {
      // Longer than the gateway's default deadline, so that it does not wait and retry.
      fault: {
        kind: 'error',
        code: 'Throttling.User',
        status: 400,
        headers: { 'x-acs-retry-after': '6000' },
      },
      code: 'UPSTREAM_THROTTLED',
      meaning: 'Throttling.User, with a wait of 6 s',
    },
  ],
  ['timeout', { fault: { kind: 'hang' }, code: 'UPSTREAM_TIMEOUT', meaning: 'no response' }],
  [
    'unavailable',
    {
      fault: { kind: 'error', code: 'ServiceUnavailable', status: 503 },
      code: 'UPSTREAM_UNAVAILABLE',
      meaning: 'ServiceUnavailable, HTTP 503',
    },
  ],
  ['reset', { fault: { kind: 'reset' }, code: 'UPSTREAM_UNAVAILABLE', meaning: 'a connection reset' }],
  [
    'denied',
    {
      fault: { kind: 'error', code: 'Forbidden.RAM', status: 403 },
      code: 'UPSTREAM_DENIED',
      meaning: 'Forbidden.RAM, HTTP 403',
    },
  ],
  [
    'bad-response',
    { fault: { kind: 'cutJson' }, code: 'UPSTREAM_BAD_RESPONSE', meaning: 'half of the JSON, HTTP 200' },
  ],
]);

const PATH = /^\/faults(?:\/([^/]*))?$/;

/**
 * Adds `/faults` to a listener; every other path goes to `next`.
 *
 * - `GET /faults` lists the faults and the active one.
 * - `PUT /faults/<name>` replaces the active fault, for all calls or the next `?times=<n>`, of all actions or of each
 *   `?action=<name>` (as with a RAM policy that lacks them).
 * - `DELETE /faults` deactivates it.
 *
 * Web pages cannot activate a fault. PUT and DELETE need a CORS preflight, which this endpoint never allows. A page that uses
 * DNS rebinding sends an `origin`, which other programs do not.
 */
export function withFaultEndpoint(faults: ActiveFaults, next: RequestListener): RequestListener {
  return (request, response) => {
    const [path = '', query] = (request.url ?? '').split('?', 2);
    const match = PATH.exec(path);
    if (match === null) next(request, response);
    else {
      const params = new URLSearchParams(query);
      const [times, only] = [params.get('times'), params.getAll('action')];
      respond(faults, request, response, { name: match[1], times, only });
    }
  };
}

function respond(
  faults: ActiveFaults,
  { method, headers }: IncomingMessage,
  response: ServerResponse,
  { name, times, only }: { name: string | undefined; times: string | null; only: readonly string[] },
): void {
  if (headers.origin !== undefined) {
    write(response, 403, { error: 'Web pages cannot use /faults. Send the request without `Origin`.' });
    return;
  }
  const isListed = name === undefined;
  const allowed = isListed ? ['GET', 'DELETE'] : ['PUT'];
  if (method === undefined || !allowed.includes(method)) {
    response.setHeader('allow', allowed.join(', '));
    write(response, 405, { error: `Method ${method} is not supported here. Use ${allowed.join(' or ')}.` });
    return;
  }
  if (isListed) {
    if (method === 'DELETE') faults.clear();
  } else {
    const named = NAMED_FAULTS.get(name);
    if (named === undefined) {
      const names = [...NAMED_FAULTS.keys()].join(', ');
      write(response, 404, { error: `No fault is called "${name}". Expected one of ${names}.` });
      return;
    }
    if (times !== null && !/^[1-9]\d{0,8}$/.test(times)) {
      write(response, 400, { error: `times: got "${times}". Expected a whole number of 1 or more.` });
      return;
    }
    const unknown = only.find((text) => !(actions as readonly string[]).includes(text));
    if (unknown !== undefined) {
      write(response, 400, { error: `action: got "${unknown}". Expected one of ${actions.join(', ')}.` });
      return;
    }
    faults.clear();
    const limits = times === null ? {} : { times: Number(times) };
    if (only.length === 0) faults.add(named.fault, limits);
    for (const action of only) faults.add(named.fault, { ...limits, action: action as Action });
  }
  write(response, 200, stateOf(faults));
}

function stateOf(faults: ActiveFaults) {
  const { next } = faults;
  const active = [...NAMED_FAULTS].find(([, { fault }]) => fault === next);
  const named = [...NAMED_FAULTS].map(([name, { code, meaning }]) => [name, `${meaning}: ${code}`]);
  return { active: active?.[0] ?? null, faults: Object.fromEntries(named) };
}

function write(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { server: serverName, 'content-type': 'application/json' });
  response.end(`${JSON.stringify(value, null, 2)}\n`);
}
