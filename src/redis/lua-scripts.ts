import { CHECKED, scriptOf } from './script.ts';

/** What the name of every key and every channel in Redis begins with: an ACL needs no more. */
export const KEY_PREFIX = 'voice-jobs:';

/** Largest value that is kept or read, in bytes: what a response of the upstream can be packed into at worst. */
export const MAX_VALUE_BYTES = 5 * 1024 * 1024;

/** Longest claim that is read, in bytes: a time and a token, or a failure. */
const MAX_CLAIM_BYTES = 1024;

/**
 * What the scripts below keep under their two keys. Times are of Redis's own clock, which all replicas share: milliseconds
 * since 1970 in 13 digits.
 *
 * - value: when it was asked for at the earliest, `+` when it lasts longer than others or else `-`, then what it is;
 * - claim: when it was made, then `:` and a token while its holder reads, or `!` and a failure.
 */
const NOW = `${CHECKED}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local stamp = string.format('%013.0f', now)
local function ageOf(text)
  local at = string.match(text, '^%d+$') and within(text, 0, now)
  return at and now - at
end`;

const VALUE = `
local head = checked(KEYS[1], 'GETRANGE', 0, 13)
local valueAge = ageOf(string.sub(head, 1, 13))
if valueAge then
  local oldest = tonumber(string.sub(head, 14) == '+' and ARGV[2] or ARGV[1])
  if valueAge <= oldest and redis.call('STRLEN', KEYS[1]) <= ${MAX_VALUE_BYTES} then
    return {'value', now, redis.call('GET', KEYS[1])}
  end
end`;

/** A value that is young enough. ARGV: the oldest it may be, and the oldest it may be when it lasts. */
export const GET = scriptOf(`${NOW}${VALUE}
return {'nothing', now}`);

/**
 * A value that is young enough, else how the read of another goes, else the right to read.
 *
 * ARGV: the oldest a value may be, and the oldest one that lasts; the oldest a claim may be; how long failures have been
 * waited for; the time after which nobody waits for this any more, or 0; token; how long a claim holds.
 */
export const LOOK = scriptOf(`${NOW}
local limit = tonumber(ARGV[5])
if limit > 0 and now > limit then return {'late', now} end${VALUE}
local claim = checked(KEYS[2], 'GETRANGE', 0, ${MAX_CLAIM_BYTES - 1})
local claimAge = ageOf(string.sub(claim, 1, 13))
local sign = string.sub(claim, 14, 14)
-- One without an end, or with a later one than this program gives, would be waited for in vain for ever.
local ttl = claimAge and redis.call('PTTL', KEYS[2]) or -1
if ttl >= 0 and ttl <= tonumber(ARGV[7]) then
  if sign == '!' then
    if claimAge <= ARGV[4] + 1 then return {'failed', now, string.sub(claim, 15)} end
  elseif sign == ':' and claimAge <= tonumber(ARGV[3]) then
    return {'theirs', now}
  end
end
redis.call('SET', KEYS[2], stamp .. ':' .. ARGV[6], 'PX', ARGV[7])
return {'ours', now}`);

/** Keeps a value and ends the claim. ARGV: claim, when the value was asked for, `+` or `-`, how long it is kept, value. */
export const KEEP = scriptOf(`${NOW}
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
local held = redis.call('GETRANGE', KEYS[1], 0, 12)
if held ~= '' and held > ARGV[2] and held <= stamp then return 0 end
-- PXAT would need Redis 6.2.
local left = ARGV[2] + ARGV[4] - now
if left < 1 then return 0 end
redis.call('SET', KEYS[1], ARGV[2] .. ARGV[3] .. ARGV[5], 'PX', string.format('%.0f', left))
return 1`);

/** ARGV: claim, how long it holds from now on. */
export const EXTEND = scriptOf(`
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 0`);

/** Puts a failure in place of a claim, or nothing. ARGV: claim, failure or an empty text, how long it is kept. */
export const GIVE_UP = scriptOf(`${NOW}
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '' then return redis.call('DEL', KEYS[1]) end
redis.call('SET', KEYS[1], stamp .. '!' .. ARGV[2], 'PX', ARGV[3])
return 1`);

/**
 * Does once, with a key that is gone afterwards, what the scripts of the gateway do, and says it on a channel that nobody
 * hears: whatever Redis does not allow, or does not know, fails here. Every command exists since Redis 6.0.
 *
 * KEYS: of no other use. ARGV: channel.
 */
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
redis.call('EXPIRE', key, 1)
redis.call('DEL', key)
redis.call('HSET', key, 'a', '1')
redis.call('HGET', key, 'a')
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
