select coalesce(auth_prove_mailbox($1, $2), '{}') as ended
