import { spawnSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import process from 'node:process';

/** Where and when the figures were measured. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly kernel: string;
  readonly node: string;
  readonly wrk: string;
  /** Load average over the minute before the start. */
  readonly loadBefore: number;
  /** UTC, to the minute. */
  readonly date: string;
}

/**
 * Describes this machine.
 *
 * @throws Error if it lacks a requirement of the bench, with how to get it
 */
export function describeMachine(): Machine {
  if (process.platform !== 'linux')
    throw new Error('The bench reads CPU and memory from /proc: it runs on Linux.');
  const { error, stdout } = spawnSync('wrk', ['-v'], { encoding: 'utf8' });
  if (error !== undefined)
    throw new Error('The bench loads with wrk, which is not installed: apt-get install wrk');
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: `Linux ${release()}`,
    node: process.version,
    wrk: /wrk (\S+)/.exec(stdout)?.[1] ?? 'unknown',
    loadBefore: loadavg()[0] ?? 0,
    date: `${new Date().toISOString().slice(0, 16)}Z`,
  };
}
