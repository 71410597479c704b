local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local window = tonumber(ARGV[3])
local function look(key, limit)
  local step = math.floor(window / limit)
  local due = math.max(tonumber(redis.call('GET', key) or '0') or 0, now)
  local wait = due + step - window - now
  if wait > 0 then return {0, 0, due - now, wait} end
  local ahead = due + step - now
  return {1, math.floor((window - ahead) / step), ahead, 0}
end
local function take(key, seen)
  redis.call('SET', key, string.format('%.0f', now + seen[3]), 'PX', math.ceil(seen[3] / 1000))
end
local record = redis.call('GET', KEYS[1]) or ''
local state = 1
if record == '' then state = 0 elseif record == '!' then state = 2 elseif record == '~' then state = 3 end
local own, shared = tonumber(ARGV[1]), tonumber(ARGV[2])
local special = tonumber(string.match(record, '^(%d+)|') or '0')
if special > 0 and (own == 0 or special < own) then own = special end
local seen, limit, other = {1, 0, 0, 0}, own, nil
if own > 0 then seen = look(KEYS[2], own) end
if shared > 0 then
  other = look(KEYS[3], shared)
  if own == 0 or (other[1] == 0 and seen[1] == 1) then
    seen, limit = other, shared
  end
end
local whole, all, tenants = tonumber(ARGV[5]), nil, 0
if whole > 0 then
  all = look(KEYS[4], whole)
  if all[1] == 0 and seen[1] == 1 then
    seen, limit, tenants = all, whole, 1
  end
end
if seen[1] == 1 then
  if own > 0 and (ARGV[4] == '0' or state == 1) then take(KEYS[2], seen) end
  if other then take(KEYS[3], other) end
  if all then take(KEYS[4], all) end
end
if state ~= 1 then record = '' end
return {state, record, seen[1], limit, seen[2], seen[3], seen[4], tenants}
