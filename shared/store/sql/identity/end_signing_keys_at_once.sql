update signing_key
set signs_until = least(signs_until, now()),
    verifies_until = now()
where kid <> $1
  and (verifies_until is null or verifies_until > now())
