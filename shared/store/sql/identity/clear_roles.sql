delete from membership_role
where user_id = $1
