select exists (
    select from kyc_request
    where investor_id = $1
      and id = $2
) as has
