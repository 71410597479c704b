update issuer
set name = $2,
    country = $3,
    lei = $4,
    website = $5,
    description = $6
where id = $1
