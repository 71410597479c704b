update investor
set version = version + 1,
    updated_at = now()
where id = $1
returning version - 1 as before
