select auth_may_begin($1, $2, $3) as may
