update investor
set name = $3,
    other_names = $4,
    birth_date = $5::text::date,
    incorporated_on = $6::text::date,
    registration_number = $7,
    lei = $8,
    residence = $9,
    nationalities = $10,
    permits = $11::text::jsonb,
    benefit_plan = $12,
    beneficial_owners = $13::text::jsonb,
    acknowledgements = $14::text::jsonb,
    region = $15,
    manages_funds = $16::text[]::uuid[],
    version = version + 1,
    updated_at = now()
where id = $1
  and version = $2
returning identity_version
