/** Changes of a key that must not bring back one that is deleted meanwhile: each answers 0 when it is not there (any more). */

/** KEYS key. ARGV field, value, …; an empty value takes the field away. */
export const UPDATE_SCRIPT = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
for i = 1, #ARGV, 2 do
  if ARGV[i + 1] == '' then redis.call('HDEL', KEYS[1], ARGV[i]) else redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
end
return 1
`;

/** KEYS key. ARGV time of use. */
export const TOUCH_SCRIPT = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'lastUsedAt', ARGV[1])
return 1
`;

/** KEYS key, digests. ARGV new digest, until when the replaced one is valid (0: no longer). */
export const ROTATE_SCRIPT = `
local id = redis.call('HGET', KEYS[1], 'id')
if not id then return 0 end
local replaced, older = unpack(redis.call('HMGET', KEYS[1], 'digest', 'previousDigest'))
if older then redis.call('HDEL', KEYS[2], older) end
if ARGV[2] == '0' then
  redis.call('HDEL', KEYS[2], replaced)
  redis.call('HDEL', KEYS[1], 'previousDigest', 'previousUntil')
else
  redis.call('HSET', KEYS[1], 'previousDigest', replaced, 'previousUntil', ARGV[2])
end
redis.call('HSET', KEYS[1], 'digest', ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], id)
return 1
`;

/** KEYS key, digests, list. ARGV id. */
export const REMOVE_SCRIPT = `
local digests = redis.call('HMGET', KEYS[1], 'digest', 'previousDigest')
for _, digest in ipairs({digests[1] or '', digests[2] or ''}) do redis.call('HDEL', KEYS[2], digest) end
redis.call('ZREM', KEYS[3], ARGV[1])
return redis.call('DEL', KEYS[1])
`;
