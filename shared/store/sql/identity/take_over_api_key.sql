update api_key
set created_by = $2
where id = $1
