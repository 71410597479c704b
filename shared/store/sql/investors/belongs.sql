select case $2::text
    when 'classification' then exists (select from investor_classification where investor_id = $1 and id = $3)
    when 'verification' then exists (select from investor_verification where investor_id = $1 and id = $3)
    when 'screening' then exists (select from investor_screening where investor_id = $1 and id = $3)
    when 'wallet' then exists (select from investor_wallet where investor_id = $1 and id = $3)
end as belongs
