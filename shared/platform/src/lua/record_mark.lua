for _, key in ipairs(KEYS) do
  if ARGV[1] == '!' or redis.call('GET', key) ~= '!' then
    redis.call('SET', key, ARGV[1], 'PX', ARGV[2])
  end
end
return {1}
