import { readdirSync, readFileSync } from 'node:fs';

/** The kernel counts CPU time for /proc in hundredths of a second on every architecture that Node runs on. */
const TICK_MICROS = 10_000;

/** What a process and all that descend from it use. */
export interface Usage {
  /** In user and kernel mode since they started, in microseconds; in steps of 10 ms. */
  readonly cpuMicros: number;
  /** Resident memory. Pages that processes share count in each. */
  readonly rssBytes: number;
}

/** Reads the usage of `pid` and its descendants; zero for a process that is gone. */
export function usageOf(pid: number): Usage {
  const processes = new Map<number, { parent: number; ticks: number }>();
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? read(`/proc/${name}/stat`) : undefined;
    // The name of a program, in brackets, may hold spaces.
    const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields !== undefined)
      processes.set(Number(name), {
        parent: Number(fields[1]),
        ticks: Number(fields[11]) + Number(fields[12]),
      });
  }
  let cpuMicros = 0;
  let rssBytes = 0;
  const wanted = [pid];
  for (const id of wanted) {
    cpuMicros += (processes.get(id)?.ticks ?? 0) * TICK_MICROS;
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${id}/status`) ?? '')?.[1];
    rssBytes += Number(kilobytes ?? 0) * 1024;
    for (const [child, { parent }] of processes) if (parent === id) wanted.push(child);
  }
  return { cpuMicros, rssBytes };
}

/** Undefined when the process ended in the meantime. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
