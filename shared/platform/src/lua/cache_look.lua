local generation = ''
if KEYS[3] then
  generation = redis.call('GET', KEYS[3])
  if not generation then
    generation = ARGV[1]
    redis.call('SET', KEYS[3], generation, 'EX', 86400)
  end
end
local value = redis.call('GET', KEYS[1])
if value then
  if generation == '' then return {1, value} end
  if string.sub(value, 1, #generation) == generation then return {1, string.sub(value, #generation + 1)} end
end
redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2])
return {0, generation}
