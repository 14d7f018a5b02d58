import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Open descriptors of a process by what they are: `socket`, `pipe`, `anon_inode`, `file`. */
export type Handles = Readonly<Record<string, number>>;

/** Resident memory of a process in kB; undefined once it is gone. */
export function rssOf(pid: number): number | undefined {
  try {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]);
  } catch {
    return undefined;
  }
}

/** What a process has open; empty once it is gone. */
export function handlesOf(pid: number): Handles {
  const handles: Record<string, number> = {};
  for (const name of entriesOf(`/proc/${pid}/fd`)) {
    const kind = kindOf(`/proc/${pid}/fd/${name}`);
    if (kind !== undefined) handles[kind] = (handles[kind] ?? 0) + 1;
  }
  return handles;
}

/** By how many descriptors of one kind there are more than there were; empty when there are none. */
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

/** Undefined when it was closed in the meantime. */
function kindOf(link: string): string | undefined {
  try {
    return /^(\w+):/.exec(readlinkSync(link))?.[1] ?? 'file';
  } catch {
    return undefined;
  }
}
