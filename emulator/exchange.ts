import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Account, actions, type PageHooks, perform } from './actions.ts';
import { faultyAnswer } from './answer-faults.ts';
import { type Answer, failureAnswer } from './answers.ts';
import { type Call, type CallLog, type OpenCall, paramsOf } from './calls.ts';
import { strike } from './connection-faults.ts';
import {
  apiNotFound,
  type Failure,
  internalError,
  invalidParameter,
  invalidVersion,
  missingParameter,
  unsupportedMethod,
} from './errors.ts';
import { type FaultBoard, isConnectionFault } from './faults.ts';
import type { Quota } from './quota.ts';
import { header, type RpcRequest, readBody, readHead } from './rpc.ts';
import { send } from './send.ts';
import type { SignatureVerifier } from './signature.ts';

/** How long an answer is held back, in ms; the function form decides call by call, also after an event. */
export type Latency = number | ((call: Call) => number | Promise<number>);

/** Everything an exchange needs. The three settings may be changed between requests. */
export interface Parts {
  readonly account: Account;
  readonly verifier: SignatureVerifier;
  readonly faults: FaultBoard;
  readonly calls: CallLog;
  readonly hooks: PageHooks;
  latencyMs: Latency;
  quota: Quota | null;
}

const apiVersion = '2020-11-09';

/**
 * One request from arrival to answer: shape, action, signature, quota, fault, latency, and only then the data,
 * so that an answer held back is as fresh as one that was not. A fault strikes sound requests only: it can not
 * hide a wrong signature.
 */
export function exchange(parts: Parts): RequestListener {
  return (req, res) => {
    const request = readHead(req);
    const call = parts.calls.open(request, randomUUID().toUpperCase(), res);
    conduct(parts, request, req, res, call).catch((cause: unknown) => {
      if (res.headersSent || res.destroyed) res.destroy();
      else send(res, call, failureAnswer(call.requestId, hostOf(request), internalError(cause)));
    });
  };
}

async function conduct(
  parts: Parts,
  request: RpcRequest,
  req: IncomingMessage,
  res: ServerResponse,
  call: OpenCall,
): Promise<void> {
  const refused = (await admit(parts, request, req, call)) ?? parts.quota?.take(performance.now()) ?? null;
  const fault = refused === null ? parts.faults.take(call) : null;
  await holdBack(parts.latencyMs, call, res);
  if (res.destroyed) return;

  const sound = (): Answer => {
    const result = refused ?? perform(call, parts.account, parts.hooks);
    return 'code' in result ? failureAnswer(call.requestId, hostOf(request), result) : result;
  };
  if (fault === null) send(res, call, sound());
  else if (isConnectionFault(fault)) strike(fault, call, res, sound);
  else send(res, call, faultyAnswer(fault, call, hostOf(request), sound));
}

/** Null if the request is well-formed, names one of our actions and is authentic. Completes `call.params`. */
async function admit(
  { verifier }: Parts,
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
  return verifier.refusal(request, body.bytes);
}

async function holdBack(latencyMs: Latency, call: Call, res: ServerResponse): Promise<void> {
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
