select exists (
    select from kyc_document
    where investor_id = $1
      and id = $2
) as has
