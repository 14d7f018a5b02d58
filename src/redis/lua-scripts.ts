import { hash } from 'node:crypto';

/** Prefix of every key and channel, for ACL rules. */
export const KEY_PREFIX = 'voice-jobs:';

/** A Lua script, which Redis runs atomically. */
export interface Script {
  readonly lua: string;
  /** SHA-1 of the source, for EVALSHA. */
  readonly sha: string;
}

/** Creates a script. @param lua uses `KEYS` and `ARGV`; all keys share one hash tag, because a cluster runs a script on one node */
export function scriptOf(lua: string): Script {
  return { lua, sha: hash('sha1', lua, 'hex') };
}

/**
 * Prelude of scripts that read the time, or keys that another program or version may have written.
 *
 * - `now`: time of Redis's clock, which all replicas share, in milliseconds since 1970 with fractions.
 * - `checked(key, command, …)`: runs a read command. A key of the wrong type is deleted and read as missing, because every later run
 *   would fail too.
 * - `within(text, lowest, highest)`: parses a number; nil if it is out of range or not a number, including `nan`.
 */
export const PRELUDE = `
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
end
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000`;

/** Maximum size of a value, in bytes: the largest encoding of an upstream response. */
export const MAX_VALUE_BYTES = 5 * 1024 * 1024;

/** Maximum size of a lease, in bytes: a time and a token, or a failure. */
const MAX_LEASE_BYTES = 1024;

/**
 * The shared cache has two keys per entry. Times are milliseconds of Redis's clock, as 13 digits.
 *
 * - value: earliest possible read time, `+` for a long-lived value or `-`, then the value;
 * - lease: time of acquisition, then `:` and a token while its owner reads, or `!` and a failure.
 */
const CACHE = `${PRELUDE}
now = math.floor(now)
local stamp = string.format('%013.0f', now)
local function ageOf(text)
  local at = string.match(text, '^%d+$') and within(text, 0, now)
  return at and now - at
end`;

const RETURN_VALUE = `
local head = checked(KEYS[1], 'GETRANGE', 0, 13)
local valueAge = ageOf(string.sub(head, 1, 13))
if valueAge then
  local oldest = tonumber(string.sub(head, 14) == '+' and ARGV[2] or ARGV[1])
  if valueAge <= oldest and redis.call('STRLEN', KEYS[1]) <= ${MAX_VALUE_BYTES} then
    return {'value', now, redis.call('GET', KEYS[1])}
  end
end`;

/** Returns a fresh value. ARGV: maximum age, maximum age of a long-lived value. */
export const GET = scriptOf(`${CACHE}${RETURN_VALUE}
return {'nothing', now}`);

/**
 * Returns a fresh value, or the state of another replica's read, or a lease for reading the value.
 *
 * ARGV: maximum age of a value; of a long-lived value; of a lease; of a failure; deadline of the caller, or 0; token; expiry of a lease.
 */
export const GET_OR_LEASE = scriptOf(`${CACHE}
local limit = tonumber(ARGV[5])
if limit > 0 and now > limit then return {'late', now} end${RETURN_VALUE}
local lease = checked(KEYS[2], 'GETRANGE', 0, ${MAX_LEASE_BYTES - 1})
local leaseAge = ageOf(string.sub(lease, 1, 13))
local sign = string.sub(lease, 14, 14)
-- A lease without an expiry, or with a longer one than this version sets, would block every replica.
local ttl = leaseAge and redis.call('PTTL', KEYS[2]) or -1
if ttl >= 0 and ttl <= tonumber(ARGV[7]) then
  if sign == '!' then
    if leaseAge <= ARGV[4] + 1 then return {'failed', now, string.sub(lease, 15)} end
  elseif sign == ':' and leaseAge <= tonumber(ARGV[3]) then
    return {'leased', now}
  end
end
redis.call('SET', KEYS[2], stamp .. ':' .. ARGV[6], 'PX', ARGV[7])
return {'acquired', now}`);

/** Stores a value and releases the lease. ARGV: owner, read time of the value, `+` or `-`, expiry, value. */
export const STORE = scriptOf(`${CACHE}
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
local held = redis.call('GETRANGE', KEYS[1], 0, 12)
if held ~= '' and held > ARGV[2] and held <= stamp then return 0 end
-- PXAT would need Redis 6.2.
local left = ARGV[2] + ARGV[4] - now
if left < 1 then return 0 end
redis.call('SET', KEYS[1], ARGV[2] .. ARGV[3] .. ARGV[5], 'PX', string.format('%.0f', left))
return 1`);

const EXTEND_OWN = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`;

/** Extends a lease of this owner. ARGV: owner, expiry from now. */
export const EXTEND = scriptOf(EXTEND_OWN);

/** Acquires a free lease, otherwise as {@link EXTEND}. */
export const ACQUIRE = scriptOf(`
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end${EXTEND_OWN}`);

/** Releases a lease of this owner. ARGV: owner, failure that replaces it or an empty string, expiry of the failure. */
export const RELEASE = scriptOf(`${CACHE}
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '' then return redis.call('DEL', KEYS[1]) end
redis.call('SET', KEYS[1], stamp .. '!' .. ARGV[2], 'PX', ARGV[3])
return 1`);

/** Runs every command of the scripts, and fails if Redis lacks or denies one. All exist since Redis 6.0. ARGV: channel. */
export const SELF_TEST = scriptOf(`
local key = KEYS[1]
redis.call('TIME')
redis.call('DEL', key)
redis.call('SET', key, '1', 'PX', 1000, 'NX')
redis.call('INCRBY', key, 1)
redis.call('GET', key)
redis.call('GETRANGE', key, 0, 1)
redis.call('STRLEN', key)
redis.call('PTTL', key)
redis.call('PEXPIRE', key, 1000)
redis.call('DEL', key)
redis.call('HSET', key, 'a', '1')
redis.call('HMGET', key, 'a')
redis.call('DEL', key)
redis.call('ZADD', key, 1, 'a')
redis.call('ZCARD', key)
redis.call('ZCOUNT', key, 0, 1)
redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')
redis.call('ZREMRANGEBYSCORE', key, '-inf', 0)
redis.call('DEL', key)
redis.call('PUBLISH', ARGV[1], '')
return 1`);
