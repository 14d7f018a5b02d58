import { MAX_PAUSE_MS } from '../../foreign-values.ts';
import { PRELUDE, scriptOf } from '../../redis/lua-scripts.ts';
import { MIN_RATE } from './adaptive-rate.ts';

/*
 * Lua scripts for the quota of one account. Times are those of Redis's clock. Four keys, in this order:
 * - a sorted set of slots by time: those of the last second, and those reserved ahead;
 * - a hash with `epoch`, `paused` (until when), and the lowest recently learned `rate` with its expiry (`until`);
 * - a sorted set of throttled requests by time;
 * - a sorted set of replicas by their last heartbeat.
 */

/** How long a slot counts, in milliseconds: a second, plus the time by which requests may overtake each other. */
const COUNTS_MS = 1010;

/** How long other replicas use a learned rate unless it is reported again, in milliseconds. */
const RATE_MS = 3000;

const FORGET_MS = 120_000;

/** Slots are reserved at most this far ahead, in milliseconds: the longest pause plus the longest deadline. */
const MAX_AHEAD_MS = MAX_PAUSE_MS + 60_000;

/** Maximum epoch, and maximum rate of any configuration. */
const MAX_EPOCH = Number.MAX_SAFE_INTEGER;
const MAX_RATE = 100_000;

/** A replica without a heartbeat for this long is considered gone, in milliseconds. */
const GONE_MS = 5000;

const LOWEST_RATE = `
local state = checked(KEYS[2], 'HMGET', 'epoch', 'paused', 'rate', 'until')
local epoch = math.floor(within(state[1], 0, ${MAX_EPOCH}) or 0)
local wasPaused = within(state[2], 0, now + ${MAX_PAUSE_MS}) or 0
local isCurrent = within(state[4], now, now + ${RATE_MS})
local reported = isCurrent and within(state[3], ${MIN_RATE}, ${MAX_RATE})
local rate = tonumber(ARGV[1])
local lowest = math.min(rate, reported or rate)
local function keepRate()
  if rate <= lowest then redis.call('HSET', KEYS[2], 'rate', ARGV[1], 'until', now + ${RATE_MS}) end
  redis.call('PEXPIRE', KEYS[2], ${FORGET_MS})
end`;

/** Number of requests of the last second that the upstream accepted, or that are pending. */
const ACCEPTED = `
local accepted = checked(KEYS[1], 'ZCOUNT', now - 1000, now) - checked(KEYS[3], 'ZCOUNT', now - 1000, now)`;

/**
 * Reserves the next free slot of the quota, unless it is too far ahead.
 *
 * ARGV: learned rate, quota, longest wait, name of the request. Returns 1 if a slot is reserved, the time until that slot or
 * the next free one in milliseconds, the epoch, the lowest rate, and the number of accepted requests in the last second.
 */
export const RESERVE_SLOT = scriptOf(`${PRELUDE}${LOWEST_RATE}
local max = tonumber(ARGV[2])
if rate < max then keepRate() end
checked(KEYS[1], 'ZREMRANGEBYSCORE', '-inf', now - ${COUNTS_MS})
redis.call('ZREMRANGEBYSCORE', KEYS[1], '(' .. string.format('%.0f', now + ${MAX_AHEAD_MS}), '+inf')
local count = redis.call('ZCARD', KEYS[1])
local at = math.max(now, wasPaused)
if count >= max then
  at = math.max(at, redis.call('ZRANGE', KEYS[1], count - max, count - max, 'WITHSCORES')[2] + ${COUNTS_MS})
end
if lowest < max and count > 0 then
  at = math.max(at, redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2] + 1000 / lowest)
end
local wait = at - now
local isReserved = wait <= tonumber(ARGV[3])
if isReserved then
  redis.call('ZADD', KEYS[1], string.format('%.3f', at), ARGV[4])
  redis.call('PEXPIRE', KEYS[1], math.ceil(wait + ${COUNTS_MS}))
end
${ACCEPTED}
return {isReserved and 1 or 0, math.ceil(wait), epoch, tostring(lowest), accepted}`);

/**
 * Reports throttling. If that lowers the rate or extends the pause, it cancels the slots reserved ahead and increments the
 * epoch, so that their owners reserve again.
 *
 * ARGV: learned rate, the pause that the upstream requested, the age of the request, its name. Returns the epoch, the lowest
 * rate, and the number of accepted requests in the last second.
 */
export const REPORT_THROTTLE = scriptOf(`${PRELUDE}${LOWEST_RATE}
local wasLowest = reported or math.huge
local paused = now + ARGV[2]
local changes = paused > wasPaused + 50 and tonumber(ARGV[2]) > 0 or rate < 0.99 * wasLowest
keepRate()
if paused > wasPaused then redis.call('HSET', KEYS[2], 'paused', paused) end
checked(KEYS[3], 'ZREMRANGEBYSCORE', '-inf', now - 1000)
redis.call('ZADD', KEYS[3], now - ARGV[3], ARGV[4])
redis.call('PEXPIRE', KEYS[3], ${COUNTS_MS})
if changes then
  checked(KEYS[1], 'ZREMRANGEBYSCORE', '(' .. now, '+inf')
  epoch = epoch + 1
  redis.call('HSET', KEYS[2], 'epoch', string.format('%.0f', epoch))
end
${ACCEPTED}
return {epoch, tostring(lowest), accepted}`);

/** Heartbeat of a replica. ARGV: its name. Returns the number of replicas. */
export const HEARTBEAT = scriptOf(`${PRELUDE}
checked(KEYS[1], 'ZREMRANGEBYSCORE', '-inf', now - ${GONE_MS})
redis.call('ZREMRANGEBYSCORE', KEYS[1], '(' .. string.format('%.0f', now + ${GONE_MS}), '+inf')
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('PEXPIRE', KEYS[1], 2 * ${GONE_MS})
return redis.call('ZCARD', KEYS[1])`);
