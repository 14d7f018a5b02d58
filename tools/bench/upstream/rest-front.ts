import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Emulator } from '../../../emulator/emulator.ts';
import { jobTypes } from '../../../emulator/job.ts';
import { listResponse } from '../../../emulator/responses.ts';

/** RequestId of every response, as long as the emulator's. */
const REQUEST_ID = '00000000-0000-4000-8000-000000000000';

const PAGE_URL = /^\/jobs\?PageNo=([1-9]\d{0,4})&PageSize=([1-9]\d?|100)&Type=(Basic|Standard)$/;

/** The emulator's lists without signatures, for servers that cannot sign. */
export interface RestFront {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Number of requested pages since the last `reset`. */
  readonly calls: number;
  reset(): void;
  /** Delays every response. In milliseconds. */
  setLatencyMs(latencyMs: number): void;
}

/**
 * Responds to `GET /jobs?PageNo=&PageSize=&Type=` with the same bytes as the emulator, except for the request id. Pages are
 * encoded once, so the lists must not change.
 */
export async function startRestFront(emulator: Emulator): Promise<RestFront> {
  const page = encodedPages(emulator);
  let calls = 0;
  let latencyMs = 0;
  const listener: RequestListener = (request, response) => {
    const body = page(request.url ?? '');
    if (request.method !== 'GET' || body === undefined) {
      response.writeHead(400).end();
      return;
    }
    const respond = (): void => {
      response
        .writeHead(200, { 'content-type': 'application/json;charset=utf-8', 'content-length': body.length })
        .end(body);
    };
    calls += 1;
    if (latencyMs > 0) setTimeout(respond, latencyMs);
    else respond();
  };
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get calls() {
      return calls;
    },
    reset: () => {
      calls = 0;
    },
    setLatencyMs: (ms) => {
      latencyMs = ms;
    },
  };
}

/** Looks a page up by URL; undefined for a request that the emulator would reject. */
function encodedPages(emulator: Emulator): (url: string) => Buffer | undefined {
  const lists = new Map<string, Buffer[]>(
    jobTypes.map((type) => [type, emulator.list(type).map((row) => Buffer.from(JSON.stringify(row)))]),
  );
  const pages = new Map<string, Buffer>();
  return (url) => {
    const known = pages.get(url);
    if (known !== undefined) return known;
    const [, pageNo, pageSize, type = ''] = PAGE_URL.exec(url) ?? [];
    const rows = lists.get(type);
    if (rows === undefined) return undefined;
    const start = (Number(pageNo) - 1) * Number(pageSize);
    const page = listResponse(REQUEST_ID, rows.length, rows.slice(start, start + Number(pageSize))).body;
    pages.set(url, page);
    return page;
  };
}
