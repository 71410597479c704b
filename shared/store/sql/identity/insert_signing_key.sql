insert into signing_key (kid, public_key, secret_sealed, secret_key_id, signs_from)
values ($1, $2, $3, $4, now() + make_interval(secs => $5::integer))
