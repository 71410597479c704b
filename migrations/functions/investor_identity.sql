-- The identity of an investor, and of who stands behind it, for comparison. Defined by what it leaves out: an added column counts
-- as part of the identity until somebody says otherwise here. The order of lists means nothing, and that an owner was identified
-- is evidence. An owner that explicitly gives a default (e.g. that it controls nothing) is the same as one that omits it: a field
-- added to owners later must not change the identity of everybody recorded before.
--
-- Called by investor_count_identity.
create or replace function investor_identity(whose investor) returns jsonb
    language sql stable set search_path = public, pg_temp
as $$
    select (to_jsonb(whose)
            - array['permits', 'benefit_plan', 'manages_funds', 'acknowledgements', 'version', 'identity_version',
                    'identity_changed_at', 'created_at', 'updated_at'])
        || jsonb_build_object(
            'other_names', (select jsonb_agg(one order by one) from unnest(whose.other_names) as one),
            'nationalities', (select jsonb_agg(one order by one) from unnest(whose.nationalities) as one),
            'beneficial_owners', case jsonb_typeof(whose.beneficial_owners) when 'array' then (
                select coalesce(jsonb_agg(known.fields order by known.fields), '[]')
                from jsonb_array_elements(whose.beneficial_owners) as owner (document),
                    lateral (select jsonb_object_agg(f.key, f.value) as fields
                             from jsonb_each(owner.document - 'identified_on') as f
                             where f.value not in ('null'::jsonb, 'false'::jsonb)) as known) end)
$$;
