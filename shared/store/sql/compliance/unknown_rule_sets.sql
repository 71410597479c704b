select named.code
from unnest($1::text[]) as named (code)
where not exists (
    select
    from rule_set s
    where s.code = named.code
)
order by named.code
