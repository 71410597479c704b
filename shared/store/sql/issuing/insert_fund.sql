insert into fund (
    id,
    issuer_id,
    name,
    strategy,
    domicile,
    legal_form,
    status,
    base_currency,
    description,
    launched_on
)
values ($1, $2, $3, $4, $5, $6, 'draft', $7, $8, $9::text::date)
