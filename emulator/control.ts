import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type Action, actions } from './actions.ts';
import type { Fault, FaultBoard } from './faults.ts';
import { serverName } from './send.ts';

/** A fault that can be put in force by its name. */
export interface NamedFault {
  readonly fault: Fault;
  /** The code that callers of the gateway see. */
  readonly code: string;
  /** What every call meets. */
  readonly meaning: string;
}

/** The faults that bring out each way in which an upstream can fail. docs/emulator.md lists them. */
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
 * Serves `/faults` and leaves every other path to `next`.
 *
 * - `GET /faults` lists the faults and says which is in force.
 * - `PUT /faults/<name>` puts one in force in place of any other, for every call or for the next `?times=<n>`, of every action
 *   or of each `?action=<name>`, as with a RAM policy that lacks them.
 * - `DELETE /faults` lifts it.
 *
 * No web page can put a fault in force: PUT and DELETE need a CORS preflight, which gets no permission here, and a page whose
 * own host name leads to this machine (DNS rebinding) sends an `origin`, which no program of the reader does.
 */
export function withControl(board: FaultBoard, next: RequestListener): RequestListener {
  return (request, response) => {
    const [path = '', query] = (request.url ?? '').split('?', 2);
    const match = PATH.exec(path);
    if (match === null) next(request, response);
    else {
      const params = new URLSearchParams(query);
      const [times, only] = [params.get('times'), params.getAll('action')];
      respond(board, request, response, { name: match[1], times, only });
    }
  };
}

function respond(
  board: FaultBoard,
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
    if (method === 'DELETE') board.clear();
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
    board.clear();
    const limits = times === null ? {} : { times: Number(times) };
    if (only.length === 0) board.place(named.fault, limits);
    for (const action of only) board.place(named.fault, { ...limits, action: action as Action });
  }
  write(response, 200, stateOf(board));
}

function stateOf(board: FaultBoard) {
  const { next } = board;
  const active = [...NAMED_FAULTS].find(([, { fault }]) => fault === next);
  const faults = [...NAMED_FAULTS].map(([name, { code, meaning }]) => [name, `${meaning}: ${code}`]);
  return { active: active?.[0] ?? null, faults: Object.fromEntries(faults) };
}

function write(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { server: serverName, 'content-type': 'application/json' });
  response.end(`${JSON.stringify(value, null, 2)}\n`);
}
