update share_class
set deleted_at = case when $2 then clock_timestamp() end
where id = $1
