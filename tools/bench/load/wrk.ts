import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { output } from '../processes.ts';

/** Requests of a load. `texts` are the responses to `bodies`. */
export interface Load {
  readonly url: string;
  /** Sent in order, repeatedly. */
  readonly bodies: readonly string[];
  /** The correct response to each body. */
  readonly texts: readonly string[];
  readonly connections: number;
  readonly seconds: number;
}

/** Results of wrk, in its units. */
export interface LoadResult {
  readonly responses: number;
  readonly micros: number;
  readonly bytes: number;
  /** CPU time of wrk itself, on one thread; close to `micros`, it was the bottleneck. */
  readonly cpuMicros: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
}

/**
 * Loads a server as fast as `connections` sequential connections allow, from one thread.
 *
 * @throws Error when responses were not 200, sockets broke, or responses were shorter than the correct ones
 */
export async function loadWithWrk(load: Load): Promise<LoadResult> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    const bodies = join(folder, 'bodies');
    await writeFile(bodies, load.bodies.map((body) => `${body}\n`).join(''));
    const script = join(import.meta.dirname, 'wrk.lua');
    const limits = ['-t1', `-c${load.connections}`, `-d${load.seconds}s`, '--timeout', '10s'];
    return readResult(await output('wrk', [...limits, '-s', script, load.url, '--', bodies]), load.texts);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Reads the last line of the script's output, and rejects results with wrong responses. */
export function readResult(written: string, texts: readonly string[]): LoadResult {
  const line = written.trim().split('\n').at(-1) ?? '';
  const result = JSON.parse(line) as LoadResult & { badStatus: number; brokenSockets: number };
  const { responses, badStatus, brokenSockets, ...rest } = result;
  if (responses === 0) throw new Error('no responses');
  if (badStatus > 0) throw new Error(`${badStatus} of ${responses} responses were not 2xx`);
  if (brokenSockets > 0) throw new Error(`${brokenSockets} connections failed or timed out`);
  // The last cycle through the bodies may be incomplete, which shifts the mean of thousands by far less than this.
  const expected = 0.98 * (texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / texts.length);
  const mean = rest.bytes / responses;
  if (mean < expected)
    throw new Error(`responses of ${Math.round(mean)} bytes on average are too short to be right`);
  return { responses, ...rest };
}
