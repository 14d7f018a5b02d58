import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Number of open descriptors of a process by kind: `socket`, `pipe`, `anon_inode`, `file`. */
export type Handles = Readonly<Record<string, number>>;

/** Resident memory of a process in kB; undefined if it has ended. */
export function rssOf(pid: number): number | undefined {
  try {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]);
  } catch {
    return undefined;
  }
}

/** Open descriptors of a process; empty if it has ended. */
export function handlesOf(pid: number): Handles {
  const handles: Record<string, number> = {};
  for (const name of entriesOf(`/proc/${pid}/fd`)) {
    const kind = kindOf(`/proc/${pid}/fd/${name}`);
    if (kind !== undefined) handles[kind] = (handles[kind] ?? 0) + 1;
  }
  return handles;
}

/** Additional descriptors by kind; empty if there are none. */
export function growth(before: Handles, after: Handles): Handles {
  const more = Object.entries(after).map(([kind, count]) => [kind, count - (before[kind] ?? 0)] as const);
  return Object.fromEntries(more.filter(([, count]) => count > 0));
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Undefined if it was closed in the meantime. */
function kindOf(link: string): string | undefined {
  try {
    return /^(\w+):/.exec(readlinkSync(link))?.[1] ?? 'file';
  } catch {
    return undefined;
  }
}
