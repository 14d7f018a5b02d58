import { type Dirent, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Installed } from './peers/peer.ts';

/** Size of an installation. */
export interface Weight {
  readonly packages: number;
  /** Total size of all files, in bytes. */
  readonly bytes: number;
}

/** An entry of package-lock.json, by a path such as `node_modules/a/node_modules/b`. */
interface Locked {
  readonly dev?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}
type Lock = Readonly<Record<string, Locked>>;

/** Size of the production packages of a peer according to the lock file, as far as they are installed. */
export function weigh({ folder, packages }: Installed): Weight {
  const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')).packages as Lock;
  const paths = packages === undefined ? production(lock) : closure(lock, packages);
  const sizes = paths.map((path) => sizeOf(join(folder, path))).filter((bytes) => bytes > 0);
  return { packages: sizes.length, bytes: sizes.reduce((sum, bytes) => sum + bytes, 0) };
}

function production(lock: Lock): string[] {
  return Object.keys(lock).filter((path) => path !== '' && lock[path]?.dev !== true);
}

/** The entries of `names` and of all their transitive dependencies. */
export function closure(lock: Lock, names: readonly string[]): string[] {
  const found = new Set<string>();
  const waiting = names.map((name) => ({ from: '', name }));
  for (const { from, name } of waiting) {
    const path = resolve(lock, from, name);
    if (path === undefined || found.has(path)) continue;
    found.add(path);
    const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } = lock[path] ?? {};
    const neededPeers = Object.keys(peerDependencies ?? {}).filter(
      (peer) => peerDependenciesMeta?.[peer]?.optional !== true,
    );
    const needed = [...Object.keys({ ...dependencies, ...optionalDependencies }), ...neededPeers];
    waiting.push(...needed.map((dependency) => ({ from: path, name: dependency })));
  }
  return [...found];
}

/** Resolves a package as Node does: in the folder itself, then in each parent folder. */
function resolve(lock: Lock, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const path = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (path in lock) return path;
    if (folder === '') return undefined;
  }
}

/** Size of a package's files without packages nested in it; zero if it is not installed. */
function sizeOf(folder: string): number {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return 0;
  }
  let bytes = 0;
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isFile()) bytes += lstatSync(path).size;
    else if (entry.isDirectory() && entry.name !== 'node_modules') bytes += sizeOf(path);
  }
  return bytes;
}
