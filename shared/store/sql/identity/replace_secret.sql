select secrets_reencrypted($1, $2, $3, $4, $5) as done
