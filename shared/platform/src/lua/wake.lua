if redis.call('SET', KEYS[1], '1', 'NX', 'PX', ARGV[1]) then redis.call('PUBLISH', ARGV[2], 'wake') end
return {1}
