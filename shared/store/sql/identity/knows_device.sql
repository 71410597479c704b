select auth_knows_device($1, $2) as known
