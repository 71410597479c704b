select
    r.id,
    case
        when r.classification_id is not null then 'classification'
        when r.verification_id is not null then 'verification'
        when r.screening_id is not null then 'screening'
        when r.wallet_id is not null then 'wallet'
    end as subject,
    coalesce(r.classification_id, r.verification_id, r.screening_id, r.wallet_id) as subject_id,
    r.reason,
    rfc3339(r.revoked_at) as revoked_at,
    coalesce(
        (
            select jsonb_build_object(
                'kind', c.kind,
                'evidence', c.evidence,
                'reference', c.reference,
                'issued_on', c.issued_on,
                'expires_on', c.expires_on,
                'figures', c.figures,
                'recorded_at', rfc3339(c.created_at)
            )
            from investor_classification c
            where c.tenant_id = r.tenant_id
              and c.id = r.classification_id
        ),
        (
            select jsonb_build_object(
                'status', v.status,
                'verified_on', v.verified_on,
                'expires_on', v.expires_on,
                'recorded_at', rfc3339(v.recorded_at)
            )
            from investor_verification v
            where v.tenant_id = r.tenant_id
              and v.id = r.verification_id
        ),
        (
            select jsonb_build_object(
                'outcome', s.outcome,
                'screened_at', rfc3339(s.screened_at),
                'source', s.source,
                'recorded_at', rfc3339(s.recorded_at)
            )
            from investor_screening s
            where s.tenant_id = r.tenant_id
              and s.id = r.screening_id
        ),
        (
            select jsonb_build_object(
                'chain_id', w.chain_id,
                'address', w.address,
                'recorded_at', rfc3339(w.created_at)
            )
            from investor_wallet w
            where w.tenant_id = r.tenant_id
              and w.id = r.wallet_id
        )
    )::text as statement
from investor_revocation r
where r.investor_id = $3
