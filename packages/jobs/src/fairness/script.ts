/**
 * Fair shares as Redis keeps them. A tenant's virtual time grows by the megapixels it is served, divided by its weight; the
 * tenant with the least is served next. All times are integers (thousandths of a megapixel of a tenant of weight 1).
 */

/** A share is charged when an item is claimed; an image whose size nobody knows yet is taken for this many megapixels. */
export const UNKNOWN_MEGAPIXELS = 4;

/**
 * Puts items into the backlog of a tenant's lane, those that are there already (canceled, and now retried) excepted: `waiting`
 * in an item's record says so, and goes when it is taken out. A tenant that comes back from idleness starts at the clock: it
 * neither saves its share up nor pays for it. Needs `root` before it.
 */
export const ENQUEUE_FUNCTION = `
local function enqueue(tenant, lane, ids)
  local backlog, times, new = root .. ':fair:backlog:' .. lane .. ':' .. tenant, root .. ':fair:times', {}
  for _, id in ipairs(ids) do
    if redis.call('HSETNX', root .. ':item:' .. id, 'waiting', '1') == 1 then new[#new + 1] = id end
  end
  if #new == 0 then return end
  for i = 1, #new, 1000 do redis.call('RPUSH', backlog, unpack(new, i, math.min(i + 999, #new))) end
  local time, clock = redis.call('HGET', times, tenant), redis.call('HGET', times, ':clock')
  local start = math.max(tonumber(time or '0'), tonumber(clock or '0'))
  local waits = redis.call('ZSCORE', root .. ':fair:tenants:interactive', tenant)
    or redis.call('ZSCORE', root .. ':fair:tenants:bulk', tenant)
  if not waits then redis.call('HSET', times, tenant, string.format('%.0f', start)) end
  redis.call('ZADD', root .. ':fair:tenants:' .. lane, waits or start, tenant)
end
`;

/** ARGV root, tenant, lane, item ids. */
export const ENQUEUE_SCRIPT = `
local root = ARGV[1]
${ENQUEUE_FUNCTION}
local ids = {}
for i = 4, #ARGV do ids[#ids + 1] = ARGV[i] end
enqueue(ARGV[2], ARGV[3], ids)
return #ids
`;

const CHARGE_FUNCTION = `
local function charge(tenant, milli)
  local times = root .. ':fair:times'
  local weight = tonumber(redis.call('HGET', root .. ':fair:weights', tenant) or '1')
  local time = tonumber(redis.call('HGET', times, tenant) or '0') + math.ceil(milli / weight)
  redis.call('HSET', times, tenant, string.format('%.0f', time))
  redis.call('ZADD', root .. ':fair:tenants:interactive', 'XX', time, tenant)
  redis.call('ZADD', root .. ':fair:tenants:bulk', 'XX', time, tenant)
end
`;

/**
 * Gives a message the item it is to carry: the one it carries already, else the next by fair shares. An item names the message
 * that carries it, so one that comes again after its item went to another is given something else. ARGV root, message id,
 * head start of interactive items, most interactive items in a row while the same tenant has bulk waiting, charge for an
 * unknown size, then the ids of messages that are done with theirs. Returns the item's id; '' when nothing waits; 'more' when only stale entries were met.
 */
export const CLAIM_SCRIPT = `
local root, message, headStart, streak, unknown = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
${CHARGE_FUNCTION}
local bindings, times = root .. ':fair:bindings', root .. ':fair:times'
if #ARGV > 5 then redis.call('HDEL', bindings, unpack(ARGV, 6)) end
local carried = redis.call('HGET', bindings, message)
if carried then
  if redis.call('HGET', root .. ':item:' .. carried, 'message') == message then return carried end
  redis.call('HDEL', bindings, message)
end
local lanes = {interactive = root .. ':fair:tenants:interactive', bulk = root .. ':fair:tenants:bulk'}
for _ = 1, 500 do
  local hot, cold = redis.call('ZRANGE', lanes.interactive, 0, 0, 'WITHSCORES'), redis.call('ZRANGE', lanes.bulk, 0, 0, 'WITHSCORES')
  if not hot[1] and not cold[1] then return '' end
  local tenant, lane = cold[1], 'bulk'
  if hot[1] and (not cold[1] or hot[2] - headStart <= tonumber(cold[2])) then tenant, lane = hot[1], 'interactive' end
  local row = tenant .. ':streak'
  if lane == 'interactive' and redis.call('ZSCORE', lanes.bulk, tenant) and tonumber(redis.call('HGET', times, row) or '0') >= streak then
    lane = 'bulk'
  end
  local backlog = root .. ':fair:backlog:' .. lane .. ':' .. tenant
  local id = redis.call('LPOP', backlog)
  if redis.call('LLEN', backlog) == 0 then redis.call('ZREM', lanes[lane], tenant) end
  local item = id and root .. ':item:' .. id
  if id then redis.call('HDEL', item, 'waiting') end
  -- What was canceled while it waited is still in the list.
  if id and redis.call('HGET', item, 'status') == 'queued' then
    local clock = math.min(tonumber(hot[2] or cold[2]), tonumber(cold[2] or hot[2]))
    if clock > tonumber(redis.call('HGET', times, ':clock') or '0') then
      redis.call('HSET', times, ':clock', string.format('%.0f', clock))
    end
    local milli = math.ceil(1000 * tonumber(redis.call('HGET', item, 'megapixels') or unknown))
    redis.call('HSET', item, 'charged', milli, 'message', message)
    charge(tenant, milli)
    if lane == 'bulk' then redis.call('HDEL', times, row)
    elseif redis.call('ZSCORE', lanes.bulk, tenant) then redis.call('HINCRBY', times, row, 1) end
    redis.call('HSET', bindings, message, id)
    return id
  end
end
return 'more'
`;

/** Charges what an item cost beyond what was taken for it, or gives back. ARGV root, tenant, item id, thousandths of a megapixel. */
export const SETTLE_SCRIPT = `
local root = ARGV[1]
${CHARGE_FUNCTION}
local item = root .. ':item:' .. ARGV[3]
local charged = redis.call('HGET', item, 'charged')
if not charged or charged == ARGV[4] then return 0 end
redis.call('HSET', item, 'charged', ARGV[4])
charge(ARGV[2], tonumber(ARGV[4]) - tonumber(charged))
return 1
`;

/**
 * Takes an item from a message that no longer exists, and puts it back into its backlog unless it has ended or another carries
 * it. ARGV root, message id, item id. Returns {1} when it was put back; {0, job id, attempt} of an item that is `processing`,
 * which is to be `queued` first; else {0}.
 */
export const RECLAIM_SCRIPT = `
local root, message, id = ARGV[1], ARGV[2], ARGV[3]
${ENQUEUE_FUNCTION}
if redis.call('EXISTS', root .. ':items:' .. message) == 1 then return {0} end
if redis.call('HGET', root .. ':fair:bindings', message) ~= id then return {0} end
local item = redis.call('HMGET', root .. ':item:' .. id, 'status', 'message', 'jobId', 'attempts')
if item[1] == 'processing' and item[2] == message then return {0, item[3], item[4]} end
redis.call('HDEL', root .. ':fair:bindings', message)
if item[1] ~= 'queued' or item[2] ~= message then return {0} end
local job = redis.call('HMGET', root .. ':job:' .. item[3], 'tenantKey', 'priority')
enqueue(job[1], job[2], {id})
return {1}
`;

/**
 * Forgets the virtual times of these tenants where they do not wait and the clock has passed them, or where nobody waits: they
 * would start at the clock in any case. ARGV root, tenants.
 */
export const FORGET_TIMES_SCRIPT = `
local root = ARGV[1]
local times, hot, cold = root .. ':fair:times', root .. ':fair:tenants:interactive', root .. ':fair:tenants:bulk'
local idle = redis.call('EXISTS', hot, cold) == 0
local clock = tonumber(redis.call('HGET', times, ':clock') or '0')
for i = 2, #ARGV do
  local waits = redis.call('ZSCORE', hot, ARGV[i]) or redis.call('ZSCORE', cold, ARGV[i])
  if not waits and (idle or tonumber(redis.call('HGET', times, ARGV[i]) or '0') <= clock) then
    redis.call('HDEL', times, ARGV[i], ARGV[i] .. ':streak')
  end
end
`;
