import { pino } from 'pino';
import type { RowRange } from '../../../src/paging/row-range.ts';
import { createTelemetry } from '../../../src/telemetry/telemetry.ts';
import { CredentialCache } from '../../../src/upstream/credential-cache.ts';
import { API_VERSION, ImsClient } from '../../../src/upstream/ims.ts';
import { RpcClient } from '../../../src/upstream/rpc.ts';
import type { VoiceJob } from '../../../src/voice-jobs/job.ts';
import { JOB_LISTS, jobSource } from '../../../src/voice-jobs/job-list.ts';
import type { Upstream } from '../upstream/upstream.ts';
import { measureScripts, type ScriptCost } from './script-cost.ts';

const TIMES = 2000;

/** Cost of sharing one page. */
export interface PageCost {
  readonly upstreamBytes: number;
  readonly sharedBytes: number;
  readonly heldBytes: number;
  readonly encodeMicros: number;
  readonly decodeMicros: number;
  /** CPU time of Redis by operation. */
  readonly scripts: readonly ScriptCost[];
}

/** Measures a page of 100 of the bench's upstream, in this process and with a new Redis. */
export async function measurePage(upstream: Upstream): Promise<{ page: PageCost; span: RowRange<VoiceJob> }> {
  const { endpoint, accessKeyId, accessKeySecret } = upstream;
  const log = pino({ level: 'silent' });
  const { observer } = createTelemetry(log);
  const credentials = new CredentialCache(async () => ({ accessKeyId, accessKeySecret }));
  const rpc = new RpcClient({
    origin: endpoint,
    version: API_VERSION,
    deadlineMs: 5000,
    maxRequestsPerSecond: 1000,
    credentials,
    observer,
  });
  try {
    const ims = new ImsClient(rpc);
    const { rows } = await ims.page(JOB_LISTS, 'Basic', 1, 100);
    const span = await jobSource(ims, observer).page('Basic', { pageNo: 1, pageSize: 100 });
    const { codec } = JOB_LISTS;
    const bytes = codec.encodePage(span);
    const page = {
      upstreamBytes: Buffer.byteLength(JSON.stringify(rows)),
      sharedBytes: bytes.length,
      encodeMicros: microsOf(() => codec.encodePage(span)),
      decodeMicros: microsOf(() => codec.decodePage(bytes)),
      ...(await measureScripts(bytes)),
    };
    return { page, span };
  } finally {
    await rpc.close();
  }
}

/** The median, because other processes may use this core. */
function microsOf(act: () => unknown): number {
  for (let warming = 0; warming < 300; warming++) act();
  const took = Array.from({ length: TIMES }, () => {
    const startedAt = performance.now();
    act();
    return performance.now() - startedAt;
  });
  return 1000 * (took.toSorted((a, b) => a - b)[TIMES / 2] ?? 0);
}
