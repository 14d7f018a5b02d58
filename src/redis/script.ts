import { hash } from 'node:crypto';

/** A Lua program that Redis runs without anything in between. */
export interface Script {
  readonly lua: string;
  /** By which Redis knows it once it has seen it. */
  readonly sha: string;
}

/** @param lua uses `KEYS` and `ARGV`; all its keys have one hash tag, because a cluster runs it on one node */
export function scriptOf(lua: string): Script {
  return { lua, sha: hash('sha1', lua, 'hex') };
}
