update share_class
set version = version
where id = $1
