update fund
set name = $3,
    strategy = $4,
    domicile = $5,
    legal_form = $6,
    base_currency = $7,
    description = $8,
    launched_on = $9::text::date
where id = $1
  and issuer_id = $2
