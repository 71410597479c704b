insert into tenant (id, name, kind)
values ($1, $2, $3)
