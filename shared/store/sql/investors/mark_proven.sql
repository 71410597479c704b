update investor_wallet
set proven_at = $3::text::timestamptz,
    proof_id = $2,
    proof_lapsed_at = null
where id = $1
