import { hash } from 'node:crypto';

/** A Lua program that Redis runs without anything in between. */
export interface Script {
  readonly lua: string;
  /** By which Redis knows it once it has seen it. */
  readonly sha: string;
}

/**
 * Lua for scripts that read what somebody else may have written: another program, an older version, a hand.
 *
 * - `checked(key, command, …)` runs a command that reads a key. A key of another type is deleted and is then as if it had never
 *   been there: otherwise each later run would fail as well.
 * - `within(text, lowest, highest)` is the number that a text stands for, or nil for one out of range and for what is no number,
 *   `nan` included.
 */
export const CHECKED = `
local function checked(key, command, ...)
  local reply = redis.pcall(command, key, ...)
  if type(reply) == 'table' and reply.err then
    if not string.find(reply.err, 'WRONGTYPE', 1, true) then return redis.call(command, key, ...) end
    redis.call('DEL', key)
    reply = redis.call(command, key, ...)
  end
  return reply
end
local function within(text, lowest, highest)
  local number = text and tonumber(text)
  if number and number >= lowest and number <= highest then return number end
end`;

/** @param lua uses `KEYS` and `ARGV`; all its keys have one hash tag, because a cluster runs it on one node */
export function scriptOf(lua: string): Script {
  return { lua, sha: hash('sha1', lua, 'hex') };
}
