-- The content of a KYC file as one hash: who the investor is, what is declared of them, and the documents. Whatever a second person
-- approves is compared by it with what was submitted. Defined by what it leaves out, like investor_identity. Screenings,
-- classifications and wallets are judged on their own.
--
-- Called by the statements of KYC files.
create or replace function kyc_content_sha256(whose investor) returns text
    language sql stable set search_path = public, pg_temp
as $$
    select encode(sha256(convert_to(jsonb_build_object(
        'investor', to_jsonb(whose)
            - array['version', 'created_at', 'updated_at', 'identity_version', 'identity_changed_at', 'acknowledgements'],
        'verifications', (
            select coalesce(jsonb_agg(v.id order by v.id), '[]')
            from investor_verification v
            where v.tenant_id = whose.tenant_id and v.investor_id = whose.id
              and not exists (select from investor_revocation r where r.tenant_id = v.tenant_id and r.verification_id = v.id)),
        'stakes', (
            select coalesce(jsonb_agg(jsonb_build_array(s.id, s.until) order by s.id), '[]')
            from ownership_stake_standing s
            where s.tenant_id = whose.tenant_id and s.owned_id = whose.id),
        'documents', (
            select coalesce(jsonb_agg(d.id order by d.id), '[]')
            from kyc_document d
            where d.tenant_id = whose.tenant_id and d.investor_id = whose.id
              and not exists (
                  select from kyc_document_withdrawal w where w.tenant_id = d.tenant_id and w.document_id = d.id))
        )::text, 'UTF8')), 'hex')
$$;
