select
    (select version_id from nav where share_class_id = $1 and nav_date = $2::text::date) as current_id,
    (select per_share::text from nav where share_class_id = $1 and nav_date = $2::text::date) as current_value,
    (
        select per_share::text
        from nav_version
        where share_class_id = $1
          and nav_date = $2::text::date
          and (replaces is null or approved_by is not null)
        order by position desc
        limit 1
    ) as settled,
    (
        select per_share::text
        from nav
        where share_class_id = $1
          and nav_date < $2::text::date
        order by nav_date desc
        limit 1
    ) as before,
    (
        select per_share::text
        from nav
        where share_class_id = $1
          and nav_date > $2::text::date
        order by nav_date
        limit 1
    ) as after,
    exists (
        select from nav_version
        where share_class_id = $1
          and nav_date = $2::text::date
          and id = $3
    ) as replaces_known
