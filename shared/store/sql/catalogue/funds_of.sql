select
    f.id,
    f.name,
    i.id as issuer_id,
    i.name as issuer_name,
    f.strategy,
    f.domicile,
    f.legal_form,
    f.status,
    f.base_currency,
    f.launched_on::text as launched_on,
    rfc3339(f.updated_at) as updated_at,
    classes.listed::text as share_classes
from fund f
join issuer i on i.id = f.issuer_id
cross join lateral (
    select coalesce(jsonb_agg(jsonb_build_object(
        'id', c.id,
        'name', c.name,
        'currency', c.currency,
        'status', c.status,
        'min_first_subscription', jsonb_build_object('value', c.min_first_subscription::text, 'currency', c.currency),
        'chain_ids', (
            select coalesce(jsonb_agg(t.chain_id order by t.chain_id), '[]')
            from share_class_token t
            where t.share_class_id = c.id
        )
    ) order by c.id), '[]') as listed
    from share_class c
    where c.fund_id = f.id
      and (c.listed or $12)
) classes
where (is_listed(f.status, f.deleted_at) or $12)
  and (not $12 or i.tenant_id = app_tenant_id())
  and ($3::text is null or f.strategy = $3)
  and ($4::text is null or f.domicile = $4)
  and ($5::text is null or f.status = $5)
  and ($6::uuid is null or f.issuer_id = $6)
  and (($7::text is null and $8::bigint is null and $9::text is null) or exists (
    select from share_class c
    where c.fund_id = f.id
      and (c.listed or $12)
      and ($7::text is null or c.currency = $7)
      and ($8::bigint is null or exists (
        select from share_class_token t
        where t.share_class_id = c.id
          and t.chain_id = $8
      ))
      and ($9::text is null or c.min_first_subscription <= $9::text::numeric)
  ))
  and ($10::text is null
    or f.search @@ websearch_to_tsquery('english', $10)
    or position($10 in lower(f.name)) > 0
    or position($10 in lower(i.name)) > 0
    or exists (select from share_class c where c.fund_id = f.id and c.isin = $11 and (c.listed or $12))
  )
