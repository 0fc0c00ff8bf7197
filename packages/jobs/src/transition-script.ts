/**
 * The transition as Redis runs it: all or nothing, one at a time.
 *
 * KEYS  item, job, webhook outbox
 * ARGV  target status, allowed present statuses (comma-separated), attempt that must be current ('' = any), now (RFC 3339),
 *       message id for the webhook, 1 to count an attempt, 1 to count a crash, then field, value, … for the item
 * Returns {status, attempts, crashes, jobEnded}: status is the one the item now has, preceded by '!' when refused.
 *
 * An item of a canceled job that would start is canceled instead: that is how 10,000 queued items go at no cost.
 */
export const TRANSITION_SCRIPT = `
local item, job, outbox = KEYS[1], KEYS[2], KEYS[3]
local to, allowed, attempt, now, message = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local from = redis.call('HGET', item, 'status')
if not from then return {'!gone', 0, 0, 0} end
local attempts = tonumber(redis.call('HGET', item, 'attempts') or '0')
local crashes = tonumber(redis.call('HGET', item, 'crashes') or '0')
local refused = not string.find(',' .. allowed .. ',', ',' .. from .. ',', 1, true)
if attempt ~= '' and tonumber(attempt) ~= attempts then refused = true end
if refused then return {'!' .. from, attempts, crashes, 0} end

if to == 'processing' and redis.call('HGET', job, 'cancelRequested') == '1' then to = 'canceled' end
if ARGV[6] == '1' and to == 'processing' then attempts = redis.call('HINCRBY', item, 'attempts', 1) end
if ARGV[7] == '1' then crashes = redis.call('HINCRBY', item, 'crashes', 1) end

local progress = tonumber(redis.call('HGET', item, 'progress') or '0')
if from == 'processing' and progress ~= 0 then redis.call('HINCRBYFLOAT', job, 'progressSum', -progress) end
local done = to == 'succeeded' or to == 'failed' or to == 'canceled'
redis.call('HSET', item, 'status', to, 'progress', done and '1' or '0', 'stage', '')
for i = 8, #ARGV, 2 do redis.call('HSET', item, ARGV[i], ARGV[i + 1]) end
if from ~= to then
  redis.call('HINCRBY', job, from, -1)
  redis.call('HINCRBY', job, to, 1)
end
if to == 'processing' then redis.call('HSETNX', job, 'startedAt', now) end

local ended = 0
if done and tonumber(redis.call('HGET', job, 'queued')) + tonumber(redis.call('HGET', job, 'processing')) == 0 then
  ended = 1
  redis.call('HSET', job, 'completedAt', now, 'progressSum', '0')
  local id = redis.call('HGET', job, 'id')
  if redis.call('HEXISTS', job, 'webhookUrl') == 1 then redis.call('HSET', outbox, message, id) end
end
return {to, attempts, crashes, ended}
`;

/**
 * Notes how far an item is. KEYS item, job. ARGV attempt, progress 0..1, stage.
 * Returns 1, or 0 when this attempt should stop: the job was canceled, or the item is no longer this attempt's.
 */
export const PROGRESS_SCRIPT = `
local item, job = KEYS[1], KEYS[2]
if redis.call('HGET', item, 'status') ~= 'processing' or redis.call('HGET', item, 'attempts') ~= ARGV[1] then return 0 end
local before = tonumber(redis.call('HGET', item, 'progress') or '0')
local after = math.max(before, tonumber(ARGV[2]))
redis.call('HSET', item, 'progress', tostring(after), 'stage', ARGV[3])
redis.call('HINCRBYFLOAT', job, 'progressSum', tostring(after - before))
if redis.call('HGET', job, 'cancelRequested') == '1' then return 0 end
return 1
`;
