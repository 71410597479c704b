select app_member_may($1, 'funds:write') as may
