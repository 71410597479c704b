local present = redis.call('GET', KEYS[1])
if present == '!' or present == '~' then return {0} end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return {1}
