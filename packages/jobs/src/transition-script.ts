import { ENQUEUE_FUNCTION } from './fairness/script';

/**
 * The transition as Redis runs it: all or nothing, one at a time. `LIBRARY` is shared by the scripts below; `root` is the
 * hash-tagged prefix of every key, `now` the time as RFC 3339, `nowMs` the same as Unix milliseconds.
 *
 * What a change leaves behind, all in the same step: the item's status and fields, the job's counters and status with its
 * index, an entry in the job's stream, a word on the channel of changes, and a note in the outbox for each webhook due.
 */
const LIBRARY = `
local root, now, nowMs, retentionMs, expiresAt, expiredError = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local COUNTERS = {'total', 'queued', 'processing', 'succeeded', 'failed', 'canceled'}

local function jobKey(id) return root .. ':job:' .. id end
local function itemKey(id) return root .. ':item:' .. id end

local function tell(jobId, ...)
  redis.call('XADD', jobKey(jobId) .. ':events', 'MAXLEN', '~', 60000, '*', 'at', now, ...)
  redis.call('PUBLISH', root .. ':changes', jobId)
end

local function note(messageId, entry)
  redis.call('HSET', root .. ':outbox:webhooks', messageId, cjson.encode(entry))
end

local function setJobStatus(job, jobId, status)
  local facts = redis.call('HMGET', job, 'status', 'tenantKey', 'createdMs', 'run')
  if facts[1] == status then return end
  local index = root .. ':jobs:' .. facts[2] .. ':'
  redis.call('HSET', job, 'status', status)
  redis.call('ZREM', index .. facts[1], jobId)
  redis.call('ZADD', index .. status, facts[3], jobId)
  tell(jobId, 'type', 'job.' .. status, 'run', facts[4])
end

local function snapshot(job, jobId, kind)
  local entry = {type = kind, at = now, job = jobId}
  local values = redis.call('HMGET', job, unpack(COUNTERS))
  entry.counts = {}
  for i, name in ipairs(COUNTERS) do entry.counts[name] = tonumber(values[i]) end
  entry.run = tonumber(redis.call('HGET', job, 'run'))
  return entry
end

local function endStatus(job)
  local f = redis.call('HMGET', job, 'total', 'succeeded', 'expired', 'cancelRequested')
  if f[2] == f[1] then return 'succeeded' end
  if f[2] ~= '0' then return 'partially_succeeded' end
  if f[4] == '1' then return 'canceled' end
  return f[3] == f[1] and 'expired' or 'failed'
end

local function endIfDone(job, jobId)
  if redis.call('HGET', job, 'queued') ~= '0' or redis.call('HGET', job, 'processing') ~= '0' then return 0 end
  local status = endStatus(job)
  redis.call('HSET', job, 'completedAt', now, 'progressSum', '0', 'expiresAt', expiresAt)
  redis.call('ZADD', root .. ':expiry', nowMs + retentionMs, jobId)
  redis.call('ZREM', root .. ':ttl', jobId)
  setJobStatus(job, jobId, status)
  local entry = snapshot(job, jobId, 'job.' .. status)
  entry.status = status
  note('msg_' .. string.sub(jobId, 5) .. '_' .. entry.run, entry)
  return 1
end

-- Changes one item; fields are further fields of its record. Returns {status, attempts, crashes, jobEnded, itemNoted}: the
-- status is the one the item now has, preceded by '!' when the event was refused.
local function apply(itemId, event, to, allowed, attempt, crashed, fields)
  local item = itemKey(itemId)
  local facts = redis.call('HMGET', item, 'status', 'jobId', 'attempts', 'crashes', 'progress', 'startedRun', 'index')
  local from, jobId = facts[1], facts[2]
  if not from then return {'!gone', 0, 0, 0, 0} end
  local job = jobKey(jobId)
  local attempts, crashes = tonumber(facts[3] or '0'), tonumber(facts[4] or '0')
  local refused = not string.find(',' .. allowed .. ',', ',' .. from .. ',', 1, true)
  -- An attempt that speaks is being processed: one that comes late must not touch what was queued again since.
  if attempt ~= '' and (tonumber(attempt) ~= attempts or from ~= 'processing') then refused = true end
  local run, canceled, ttlAt, itemEvents = unpack(redis.call('HMGET', job, 'run', 'cancelRequested', 'ttlAt', 'itemEvents'))
  -- What was started once in this run is not late any more.
  local late = ttlAt and tonumber(ttlAt) <= tonumber(nowMs) and from == 'queued' and facts[6] ~= run
  if event == 'expire' and not late then refused = true end
  if refused then return {'!' .. from, attempts, crashes, 0, 0} end

  if (to == 'processing' or to == 'queued') and canceled == '1' then
    to = 'canceled'
  elseif event == 'expire' or (to == 'processing' and late) then
    to = 'failed'
    redis.call('HINCRBY', job, 'expired', 1)
    fields = {'error', expiredError}
  end
  if to == 'processing' then
    attempts = redis.call('HINCRBY', item, 'attempts', 1)
    redis.call('HSET', item, 'startedRun', run)
  end
  if crashed == '1' then crashes = redis.call('HINCRBY', item, 'crashes', 1) end

  local progress = tonumber(facts[5] or '0')
  if from == 'processing' and progress ~= 0 then redis.call('HINCRBYFLOAT', job, 'progressSum', -progress) end
  local done = to == 'succeeded' or to == 'failed' or to == 'canceled'
  redis.call('HSET', item, 'status', to, 'progress', done and '1' or '0', 'stage', '', unpack(fields))
  if from ~= to then
    redis.call('HINCRBY', job, from, -1)
    redis.call('HINCRBY', job, to, 1)
  end
  local told = {'type', 'item.' .. to, 'item', itemId, 'index', facts[7], 'attempts', attempts}
  for i = 1, #fields, 2 do
    if fields[i] == 'error' then told[#told + 1], told[#told + 2] = 'error', fields[i + 1] end
  end
  tell(jobId, unpack(told))
  if to == 'processing' and redis.call('HSETNX', job, 'startedAt', now) == 1 then
    setJobStatus(job, jobId, 'processing')
    note('msg_' .. string.sub(jobId, 5) .. '_' .. run .. '_started', snapshot(job, jobId, 'job.processing'))
  end
  local noted = done and itemEvents == '1'
  if noted then
    local entry = {type = 'item.' .. to, at = now, job = jobId, item = itemId, run = tonumber(run)}
    note('msg_' .. string.sub(itemId, 6) .. '_' .. run, entry)
  end
  return {to, attempts, crashes, done and endIfDone(job, jobId) or 0, noted and 1 or 0}
end
`;

/** ARGV after the library's: item id, event, target status, allowed present statuses, attempt ('' = any), crashed, then fields. */
export const TRANSITION_SCRIPT = `${LIBRARY}
local fields = {}
for i = 13, #ARGV do fields[#fields + 1] = ARGV[i] end
return apply(ARGV[7], ARGV[8], ARGV[9], ARGV[10], ARGV[11], ARGV[12], fields)
`;

/**
 * The same event for many items. ARGV after the library's: event, target status, allowed present statuses, then item ids.
 * Returns {how many it applied to, 1 when the job ended}.
 */
export const TRANSITION_MANY_SCRIPT = `${LIBRARY}
local count, ended = 0, 0
for i = 10, #ARGV do
  local result = apply(ARGV[i], ARGV[7], ARGV[8], ARGV[9], '', '0', {})
  if string.sub(result[1], 1, 1) ~= '!' then count = count + 1 end
  if result[4] == 1 then ended = 1 end
end
return {count, ended}
`;

/**
 * Opens the next run of a job that has ended: every item that did not succeed and has an image is queued again.
 * ARGV after the library's: job id. Returns how many; -1 when the job is not in a state that allows it, -2 when it is gone.
 */
export const RETRY_SCRIPT = `${LIBRARY}${ENQUEUE_FUNCTION}
local jobId = ARGV[7]
local job = jobKey(jobId)
local facts = redis.call('HMGET', job, 'queued', 'processing', 'succeeded', 'total', 'ttlMs', 'removing')
if not facts[1] or facts[6] == '1' then return -2 end
if facts[1] ~= '0' or facts[2] ~= '0' or facts[3] == facts[4] then return -1 end
local ids, was = {}, {failed = 0, canceled = 0}
for _, id in ipairs(redis.call('LRANGE', job .. ':items', 0, -1)) do
  local f = redis.call('HMGET', itemKey(id), 'status', 'source', 'error')
  if f[2] and was[f[1]] then
    ids[#ids + 1] = id
    was[f[1]] = was[f[1]] + 1
    if f[3] then redis.call('HDEL', itemKey(id), 'error') end
    redis.call('HSET', itemKey(id), 'status', 'queued', 'progress', '0', 'crashes', '0', 'queuedAt', nowMs)
  end
end
if #ids == 0 then return 0 end
redis.call('HINCRBY', job, 'failed', 0 - was.failed)
redis.call('HINCRBY', job, 'canceled', 0 - was.canceled)
redis.call('HINCRBY', job, 'queued', #ids)
redis.call('HINCRBY', job, 'run', 1)
redis.call('HDEL', job, 'completedAt', 'startedAt', 'cancelRequested')
redis.call('HSET', job, 'expired', '0', 'progressSum', '0')
if facts[5] then
  redis.call('HSET', job, 'ttlAt', nowMs + facts[5])
  redis.call('ZADD', root .. ':ttl', nowMs + facts[5], jobId)
end
redis.call('ZREM', root .. ':expiry', jobId)
local lane = redis.call('HMGET', job, 'tenantKey', 'priority')
enqueue(lane[1], lane[2], ids)
redis.call('SADD', root .. ':outbox:items', jobId)
setJobStatus(job, jobId, 'queued')
return #ids
`;

/**
 * Notes how far an item is. KEYS item, job, channel. ARGV attempt, progress 0..1, stage.
 * Returns 1, or 0 when this attempt should stop: the job was canceled, or the item is no longer this attempt's.
 */
export const PROGRESS_SCRIPT = `
local item, job = KEYS[1], KEYS[2]
if redis.call('HGET', item, 'status') ~= 'processing' or redis.call('HGET', item, 'attempts') ~= ARGV[1] then return 0 end
local before = tonumber(redis.call('HGET', item, 'progress') or '0')
local after = math.max(before, tonumber(ARGV[2]))
redis.call('HSET', item, 'progress', tostring(after), 'stage', ARGV[3])
redis.call('HINCRBYFLOAT', job, 'progressSum', tostring(after - before))
redis.call('PUBLISH', KEYS[3], redis.call('HGET', job, 'id'))
if redis.call('HGET', job, 'cancelRequested') == '1' then return 0 end
return 1
`;

/** Marks a job so that no item of it starts any more. KEYS job. Returns 1, or 0 when the job has ended. */
export const CANCEL_SCRIPT = `
local open = redis.call('HMGET', KEYS[1], 'queued', 'processing')
if not open[1] or (open[1] == '0' and open[2] == '0') then return 0 end
redis.call('HSET', KEYS[1], 'cancelRequested', '1')
return 1
`;
