import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Account, actions, type PageHooks, perform } from './actions.ts';
import { type Call, type CallLog, type OpenCall, paramsOf } from './calls.ts';
import { applyConnectionFault } from './connection-faults.ts';
import {
  apiNotFound,
  type Failure,
  internalError,
  invalidParameter,
  invalidVersion,
  missingParameter,
  unsupportedMethod,
} from './errors.ts';
import { type ActiveFaults, isConnectionFault } from './faults.ts';
import type { Quota } from './quota.ts';
import { faultyResponse } from './response-faults.ts';
import { errorResponse, type WireResponse } from './responses.ts';
import { header, type RpcRequest, readBody, readHead } from './rpc.ts';
import { send } from './send.ts';
import type { SignatureVerifier } from './signature.ts';

/** Delay of a response in milliseconds; a function decides per call, and may wait for an event. */
export type Latency = number | ((call: Call) => number | Promise<number>);

/** Components of the request handler. The mutable settings may change between requests. */
export interface HandlerParts {
  readonly account: Account;
  readonly verifier: SignatureVerifier;
  readonly faults: ActiveFaults;
  readonly calls: CallLog;
  readonly hooks: PageHooks;
  latencyMs: Latency;
  quota: Quota | null;
}

const apiVersion = '2020-11-09';

/**
 * Handles requests. Order of checks: form, action, signature, quota, fault, latency. Data is read last, so that a delayed
 * response is as fresh as any other. Faults apply only to valid requests: they cannot hide a wrong signature.
 */
export function createRequestHandler(parts: HandlerParts): RequestListener {
  return (req, res) => {
    const request = readHead(req);
    const call = parts.calls.open(request, randomUUID().toUpperCase(), res);
    handle(parts, request, req, res, call).catch((cause: unknown) => {
      if (res.headersSent || res.destroyed) res.destroy();
      else send(res, call, errorResponse(call.requestId, hostOf(request), internalError(cause)));
    });
  };
}

async function handle(
  parts: HandlerParts,
  request: RpcRequest,
  req: IncomingMessage,
  res: ServerResponse,
  call: OpenCall,
): Promise<void> {
  const failure = (await validate(parts, request, req, call)) ?? parts.quota?.take(performance.now()) ?? null;
  const fault = failure === null ? parts.faults.take(call) : null;
  await delayResponse(parts.latencyMs, call, res);
  if (res.destroyed) return;

  const makeResponse = (): WireResponse => {
    const result = failure ?? perform(call, parts.account, parts.hooks);
    return 'code' in result ? errorResponse(call.requestId, hostOf(request), result) : result;
  };
  if (fault === null) send(res, call, makeResponse());
  else if (isConnectionFault(fault)) applyConnectionFault(fault, call, res, makeResponse);
  else send(res, call, faultyResponse(fault, call, hostOf(request), makeResponse));
}

/** Checks form, action and signature. Returns null for a valid request, and completes `call.params`. */
async function validate(
  { verifier }: HandlerParts,
  request: RpcRequest,
  req: IncomingMessage,
  call: OpenCall,
): Promise<Failure | null> {
  const body = await readBody(req);
  if ('code' in body) return body;
  if (body.form.length > 0) call.params = { ...call.params, ...paramsOf(body.form) };
  if (request.method !== 'GET' && request.method !== 'POST') return unsupportedMethod;
  if (request.query === null) return invalidParameter('query', 'not well-formed percent-encoding');
  if (request.action === '') return missingParameter('x-acs-action');
  if (request.path !== '/' || !(actions as readonly string[]).includes(request.action)) return apiNotFound;
  const version = header(request.headers, 'x-acs-version');
  if (version !== '' && version !== apiVersion) return invalidVersion;
  return verifier.check(request, body.bytes);
}

async function delayResponse(latencyMs: Latency, call: Call, res: ServerResponse): Promise<void> {
  const waitMs = typeof latencyMs === 'number' ? latencyMs : await latencyMs(call);
  if (waitMs <= 0) return;
  const left = new AbortController();
  const leave = (): void => left.abort();
  res.once('close', leave);
  await sleep(waitMs, undefined, { signal: left.signal }).catch(() => undefined);
  res.off('close', leave);
}

function hostOf(request: RpcRequest): string {
  return request.headers.host ?? '';
}
