import type { Emulator } from '../emulator/emulator.ts';
import type { Observer } from '../src/observer.ts';
import { CredentialCache } from '../src/upstream/credential-cache.ts';
import { API_VERSION } from '../src/upstream/ims.ts';
import { RpcClient } from '../src/upstream/rpc.ts';

/** An RPC client for an emulator, without rate limit. `using` closes it. */
export function rpcTo(emulator: Emulator, observer: Observer): RpcClient & Disposable {
  const { accessKeyId, accessKeySecret, endpoint: origin } = emulator;
  const rpc = new RpcClient({
    origin,
    version: API_VERSION,
    deadlineMs: 5000,
    maxRequestsPerSecond: 100_000,
    credentials: new CredentialCache(async () => ({ accessKeyId, accessKeySecret })),
    observer,
  });
  return Object.assign(rpc, { [Symbol.dispose]: () => rpc.close() });
}
