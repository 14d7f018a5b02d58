import { MAX_PAUSE_MS } from '../../foreign-values.ts';
import { PRELUDE, scriptOf } from '../../redis/lua-scripts.ts';
import { MIN_RATE } from './adaptive-rate.ts';

/*
 * The quota of one account, under four keys: sets sorted by time of the slots of the last second and of those reserved ahead, of
 * requests that the upstream throttled, and of the replicas by their last heartbeat; and a hash with `epoch`, `paused` (until
 * when), and the lowest `rate` that was learnt lately, `until` when it counts. Times are those of Redis's clock.
 */

/** How long a slot counts, in milliseconds: a second, and by how much a request may overtake another. */
const COUNTS_MS = 1010;

/** How long a learnt rate counts for the others unless it is reported again, in milliseconds. */
const RATE_MS = 3000;

const FORGET_MS = 120_000;

/** No slot is reserved further ahead than this, in milliseconds: the longest pause and the longest deadline together. */
const MAX_AHEAD_MS = MAX_PAUSE_MS + 60_000;

/** Highest epoch, and highest rate that any configuration allows. */
const MAX_EPOCH = Number.MAX_SAFE_INTEGER;
const MAX_RATE = 100_000;

/** A replica without a heartbeat for so long is gone, in milliseconds. */
const GONE_MS = 5000;

const LOWEST_RATE = `
local state = checked(KEYS[2], 'HMGET', 'epoch', 'paused', 'rate', 'until')
local epoch = math.floor(within(state[1], 0, ${MAX_EPOCH}) or 0)
local wasPaused = within(state[2], 0, now + ${MAX_PAUSE_MS}) or 0
local isTold = within(state[4], now, now + ${RATE_MS})
local told = isTold and within(state[3], ${MIN_RATE}, ${MAX_RATE})
local rate = tonumber(ARGV[1])
local lowest = math.min(rate, told or rate)
local function keepRate()
  if rate <= lowest then redis.call('HSET', KEYS[2], 'rate', ARGV[1], 'until', now + ${RATE_MS}) end
  redis.call('PEXPIRE', KEYS[2], ${FORGET_MS})
end`;

/** How many of the requests of the last second the upstream took, or may yet turn out to have taken. */
const TAKEN = `
local taken = checked(KEYS[1], 'ZCOUNT', now - 1000, now) - checked(KEYS[3], 'ZCOUNT', now - 1000, now)`;

/**
 * Reserves the next slot for which the quota has room, if it is soon enough.
 *
 * ARGV: learnt rate, quota, longest wait, name of the request. Returns whether, in how many milliseconds the slot is or would have
 * been, the epoch, the lowest rate, and how many requests were taken in the last second.
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
local given = wait <= tonumber(ARGV[3])
if given then
  redis.call('ZADD', KEYS[1], string.format('%.3f', at), ARGV[4])
  redis.call('PEXPIRE', KEYS[1], math.ceil(wait + ${COUNTS_MS}))
end
${TAKEN}
return {given and 1 or 0, math.ceil(wait), epoch, tostring(lowest), taken}`);

/**
 * Reports that the upstream throttled. When that changes anything, the slots reserved ahead are taken back and the epoch is
 * raised: whoever holds one has to reserve anew.
 *
 * ARGV: learnt rate, the pause that the upstream asked for, how long ago the request was sent, its name. Returns the epoch, the
 * lowest rate, and how many requests were taken in the last second.
 */
export const REPORT_THROTTLE = scriptOf(`${PRELUDE}${LOWEST_RATE}
local wasLowest = told or math.huge
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
${TAKEN}
return {epoch, tostring(lowest), taken}`);

/** Heartbeat of a replica. ARGV: its name. Returns how many replicas there are. */
export const HEARTBEAT = scriptOf(`${PRELUDE}
checked(KEYS[1], 'ZREMRANGEBYSCORE', '-inf', now - ${GONE_MS})
redis.call('ZREMRANGEBYSCORE', KEYS[1], '(' .. string.format('%.0f', now + ${GONE_MS}), '+inf')
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('PEXPIRE', KEYS[1], 2 * ${GONE_MS})
return redis.call('ZCARD', KEYS[1])`);
