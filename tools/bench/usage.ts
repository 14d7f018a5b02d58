import { readdirSync, readFileSync } from 'node:fs';

/** Linux reports CPU time in /proc in hundredths of a second on every architecture that Node supports. */
const TICK_MICROS = 10_000;

/** Resource usage of a process and its descendants. */
export interface Usage {
  /** User and system CPU time since their start, in microseconds, with a resolution of 10 ms. */
  readonly cpuMicros: number;
  /** Resident memory. Shared pages count in each process. */
  readonly rssBytes: number;
}

/** Usage of `pid` and its descendants; zero for a process that has ended. */
export function usageOf(pid: number): Usage {
  const processes = new Map<number, { parent: number; ticks: number }>();
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? read(`/proc/${name}/stat`) : undefined;
    // The program's name, in parentheses, may contain spaces.
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

/** Undefined if the process has ended in the meantime. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
