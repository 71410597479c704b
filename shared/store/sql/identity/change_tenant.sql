update tenant
set name = $2, mfa_required = $3
where id = $1
