import { join } from 'node:path';
import type { Dialect } from '../dialects.ts';
import type { ModeName, PeerName } from '../options.ts';
import type { Launch } from '../processes.ts';
import type { Hello } from '../upstream/process.ts';

/** Cache lifetime of upstream responses where caching is on, in milliseconds: the gateway's default. */
export const CACHE_TTL_MS = 2000;

/** Folders of the bench and of the gateway. */
export const benchFolder = join(import.meta.dirname, '..');
export const rootFolder = join(benchFolder, '../..');

/** Where a peer should listen, and what it may use. */
export interface Place {
  /** On the loopback address. */
  readonly port: number;
  /** Whether its cache is on, for {@link CACHE_TTL_MS}. */
  readonly cached: boolean;
  readonly upstream: Hello;
  /** A folder for files of this run; deleted at the end of the bench. */
  readonly scratch: string;
  /** The gateway's response to the first page. */
  readonly firstAnswer: string;
}

/** Packages that a server needs. */
export interface Installed {
  /** Folder of package-lock.json and node_modules. */
  readonly folder: string;
  /** Its packages; undefined for all production dependencies of the folder. */
  readonly packages: readonly string[] | undefined;
}

/** A server to be measured. */
export interface Peer {
  readonly name: PeerName;
  /** Description for the notes of the report. */
  readonly what: string;
  /** How pages are requested; undefined for a server that responds to everything with `firstResponse`. */
  readonly dialect: Dialect | undefined;
  /** Path that returns 200 once the server accepts requests; undefined if only a response shows that. */
  readonly readyPath?: string;
  readonly installed?: Installed;
  /** The modes in which it is measured. @default all */
  readonly modes?: readonly ModeName[];
  /** Why it cannot run on this machine; undefined if it can. */
  missing?(): string | undefined;
  launch(place: Place): Promise<Launch>;
}
