import { join } from 'node:path';
import type { Dialect } from '../dialects.ts';
import type { PeerName } from '../options.ts';
import type { Launch } from '../processes.ts';
import type { Hello } from '../upstream/process.ts';

/** How long answers of the upstream may be kept where a cache is on, in milliseconds: the gateway's default. */
export const CACHE_TTL_MS = 2000;

/** The folder of the bench and that of the gateway. */
export const benchFolder = join(import.meta.dirname, '..');
export const rootFolder = join(benchFolder, '../..');

/** Where a peer is to listen, and what it may lean on. */
export interface Place {
  /** On the loopback address. */
  readonly port: number;
  /** Whether its cache is on, for {@link CACHE_TTL_MS}. */
  readonly cached: boolean;
  readonly upstream: Hello;
  /** A folder for files of this start; removed when the bench ends. */
  readonly scratch: string;
  /** The gateway's answer to the first page. */
  readonly firstAnswer: string;
}

/** What a server needs to be installed. */
export interface Installed {
  /** Folder of package-lock.json and node_modules. */
  readonly folder: string;
  /** Its packages; undefined for all production dependencies of the folder. */
  readonly packages: readonly string[] | undefined;
}

/** A server that is measured. */
export interface Peer {
  readonly name: PeerName;
  /** What it is, for the notes of the report. */
  readonly what: string;
  /** How pages are asked for; undefined for one that answers everything with `firstAnswer`. */
  readonly dialect: Dialect | undefined;
  /** What says 200 once it takes requests; undefined where only an answer tells. */
  readonly readyPath?: string;
  readonly installed?: Installed;
  /** Why it cannot run on this machine; undefined when it can. */
  missing?(): string | undefined;
  launch(place: Place): Promise<Launch>;
}
