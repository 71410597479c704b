update signing_key
set signs_until = now() + make_interval(secs => $2::integer),
    verifies_until = now() + make_interval(secs => $3::integer)
where kid <> $1
  and signs_until is null
