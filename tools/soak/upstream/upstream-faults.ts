import type { Emulator } from '../../../emulator/emulator.ts';
import type { Fault } from '../../../emulator/faults.ts';

/** A temporary failure of the upstream. */
export interface UpstreamFault {
  readonly name: string;
  /** Starts the failure; returns a function that ends it. */
  begin(emulator: Emulator): () => void;
}

/** Faults of the emulator by kind, in all variants that the gateway may treat differently. */
const FAULTS: { readonly [Kind in Fault['kind']]: readonly Extract<Fault, { kind: Kind }>[] } = {
  error: [
    { kind: 'error', code: 'ServiceUnavailable', status: 503 },
    { kind: 'error', code: 'InternalError', status: 500 },
    { kind: 'error', code: 'Throttling.User', status: 400, headers: { 'x-acs-retry-after': '300' } },
    { kind: 'error', code: 'Throttling', status: 400 },
    { kind: 'error', code: 'Forbidden.RAM', status: 403 },
    { kind: 'error', code: 'InvalidAccessKeyId.NotFound', status: 404 },
    { kind: 'error', code: 'InvalidSecurityToken.Expired', status: 400 },
    { kind: 'error', code: 'SignatureNonceUsed', status: 400 },
    { kind: 'error', code: 'NobodyKnows', status: 418 },
  ],
  xml: [{ kind: 'xml', code: 'ServiceUnavailable', status: 503 }],
  html: [{ kind: 'html' }],
  empty: [
    { kind: 'empty', status: 200 },
    { kind: 'empty', status: 504 },
  ],
  nullBody: [{ kind: 'nullBody' }],
  notSuccess: [{ kind: 'notSuccess' }],
  cutJson: [{ kind: 'cutJson' }],
  body: [{ kind: 'body', status: 200, contentType: 'application/json', text: '{"Success":true,"Data":[]}' }],
  close: [{ kind: 'close' }],
  reset: [{ kind: 'reset' }],
  resetMidBody: [{ kind: 'resetMidBody' }],
  hang: [{ kind: 'hang' }],
  dribble: [{ kind: 'dribble', everyMs: 50 }],
  endless: [{ kind: 'endless' }],
};

/** Everything that may runFault the upstream, given how long the gateway waits for a read. */
export function upstreamFaults(deadlineMs: number): UpstreamFault[] {
  return [
    ...Object.values(FAULTS).flatMap((faults) => faults.map(faultOf)),
    ...[5, 25].map(quotaOf),
    ...[200, 2 * deadlineMs].map(latencyOf),
  ];
}

function faultOf(fault: Fault): UpstreamFault {
  const detail = 'code' in fault ? ` ${fault.code}` : 'status' in fault ? ` ${fault.status}` : '';
  return { name: `${fault.kind}${detail}`, begin: (emulator) => emulator.fault(fault) };
}

function quotaOf(requestsPerSecond: number): UpstreamFault {
  return {
    name: `quota of ${requestsPerSecond}/s`,
    begin(emulator) {
      emulator.setQuota(requestsPerSecond);
      return () => emulator.setQuota(null);
    },
  };
}

function latencyOf(latencyMs: number): UpstreamFault {
  return {
    name: `latency of ${latencyMs} ms`,
    begin(emulator) {
      emulator.setLatencyMs(latencyMs);
      return () => emulator.setLatencyMs(0);
    },
  };
}
