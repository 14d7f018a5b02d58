import type { Emulator } from '../../../emulator/emulator.ts';
import type { Fault } from '../../../emulator/faults.ts';

/** One way in which the upstream fails for a while. */
export interface Trouble {
  readonly name: string;
  /** Begins it and returns what ends it. */
  begin(emulator: Emulator): () => void;
}

/** Every kind of fault that the emulator has, in each form that the gateway may take differently. */
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

/** Everything that may befall the upstream, given how long the gateway waits for a read. */
export function troubles(deadlineMs: number): Trouble[] {
  return [
    ...Object.values(FAULTS).flatMap((faults) => faults.map(striking)),
    ...[5, 25].map(quotaOf),
    ...[200, 2 * deadlineMs].map(latencyOf),
  ];
}

function striking(fault: Fault): Trouble {
  const detail = 'code' in fault ? ` ${fault.code}` : 'status' in fault ? ` ${fault.status}` : '';
  return { name: `${fault.kind}${detail}`, begin: (emulator) => emulator.fault(fault) };
}

function quotaOf(requestsPerSecond: number): Trouble {
  return {
    name: `quota of ${requestsPerSecond}/s`,
    begin(emulator) {
      emulator.setQuota(requestsPerSecond);
      return () => emulator.setQuota(null);
    },
  };
}

function latencyOf(latencyMs: number): Trouble {
  return {
    name: `latency of ${latencyMs} ms`,
    begin(emulator) {
      emulator.setLatencyMs(latencyMs);
      return () => emulator.setLatencyMs(0);
    },
  };
}
