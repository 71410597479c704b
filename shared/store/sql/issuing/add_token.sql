insert into share_class_token (share_class_id, chain_id, address, decimals, standard)
values ($1, $2, $3, $4::integer::smallint, $5)
