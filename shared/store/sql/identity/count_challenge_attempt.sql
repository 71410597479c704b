update login_challenge
set attempts = attempts + 1
where id = $1
  and attempts < $2
