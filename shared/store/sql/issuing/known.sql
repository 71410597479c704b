select
    (
        select coalesce(array_agg(s.code), '{}')
        from rule_set s
    ) as rule_sets,
    (
        select coalesce(array_agg(c.code), '{}')
        from dealing_calendar c
    ) as calendars,
    (
        select coalesce(array_agg(z.name), '{}')
        from unnest($1::text[]) as z (name)
        where time_zone_known(z.name)
    ) as time_zones
