/**
 * Changes of a delivery's record as Redis runs them: the record, and its places in `pending` (by when it is to be looked
 * after) and in `expiry` (by when it is forgotten; only what has ended is there), always in one step.
 */

/**
 * Makes the record, unless there is one. KEYS delivery, deliveries of the tenant, pending. ARGV id, created (Unix ms), now,
 * fields. Returns its status and series.
 */
export const CREATE_DELIVERY_SCRIPT = `
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('HSET', KEYS[1], unpack(ARGV, 4))
  redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
  redis.call('ZADD', KEYS[3], ARGV[3], ARGV[1])
end
return redis.call('HMGET', KEYS[1], 'status', 'series')
`;

/**
 * Notes an attempt, and what is next. KEYS delivery, pending, expiry. ARGV id, series, status, when it ended or is to be tried
 * next (Unix ms), the same as RFC 3339, when it is forgotten, most attempts kept, attempt ('' when none was made), URL, attempts
 * known before. Returns 0, having changed nothing, when the delivery is not pending or in another series; an attempt that is
 * to be followed by another one is noted once, although a connection that breaks sends this again.
 */
export const SETTLE_DELIVERY_SCRIPT = `
local id, series, status, at, iso, forget, most, attempt, url, known = unpack(ARGV)
local facts = redis.call('HMGET', KEYS[1], 'status', 'series', 'attemptCount')
if facts[1] ~= 'pending' or facts[2] ~= series then return 0 end
if status == 'pending' and attempt ~= '' and facts[3] ~= known then return 0 end
redis.call('HSET', KEYS[1], 'url', url)
if attempt ~= '' then
  local count = redis.call('HINCRBY', KEYS[1], 'attemptCount', 1)
  redis.call('HINCRBY', KEYS[1], 'tries', 1)
  redis.call('HSET', KEYS[1], 'attempt.' .. count, attempt)
  redis.call('HDEL', KEYS[1], 'attempt.' .. (count - most))
end
if status == 'pending' then
  redis.call('HSET', KEYS[1], 'nextAttemptAt', at)
  redis.call('ZADD', KEYS[2], at, id)
else
  redis.call('HSET', KEYS[1], 'status', status, 'endedAt', iso)
  redis.call('HDEL', KEYS[1], 'nextAttemptAt')
  redis.call('ZREM', KEYS[2], id)
  redis.call('ZADD', KEYS[3], forget, id)
end
return 1
`;

/** Opens the next series. KEYS delivery, pending, expiry. ARGV id, now (Unix ms). Returns its number, 0 when one is under way. */
export const REOPEN_DELIVERY_SCRIPT = `
local status = redis.call('HGET', KEYS[1], 'status')
if not status or status == 'pending' then return 0 end
redis.call('HSET', KEYS[1], 'status', 'pending', 'tries', '0', 'nextAttemptAt', ARGV[2])
redis.call('HDEL', KEYS[1], 'endedAt')
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
return redis.call('HINCRBY', KEYS[1], 'series', 1)
`;

/**
 * Forgets a delivery, unless it was begun anew since. KEYS delivery, deliveries of the tenant, expiry. ARGV id, now (Unix ms).
 * Returns 1 when it is gone.
 */
export const FORGET_DELIVERY_SCRIPT = `
local at = redis.call('ZSCORE', KEYS[3], ARGV[1])
if not at or tonumber(at) > tonumber(ARGV[2]) then return 0 end
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('UNLINK', KEYS[1])
redis.call('ZREM', KEYS[3], ARGV[1])
return 1
`;
