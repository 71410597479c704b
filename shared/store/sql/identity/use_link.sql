select auth_use_one_time_token($1, $2) as user_id
