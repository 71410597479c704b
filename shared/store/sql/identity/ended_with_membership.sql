with keys as (
    select secret_hash
    from api_key
    where created_by = $1
      and revoked_at = now()
)
select array(
           select 'session:' || id from session where user_id = $1 and revoked_at = now()
           union all
           select 'apikey:' || secret_hash from keys
       ) as marks,
       (select count(*) from keys) as api_keys,
       (select count(*) from invitation where revoked_at = now()) as invitations
