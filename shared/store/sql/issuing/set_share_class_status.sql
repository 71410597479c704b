update share_class
set status = $2
where id = $1
