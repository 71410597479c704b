with wanted as materialized (
    -- The end of what begins with a word is worked out beforehand: put together within the comparison, it would keep that from the
    -- index, since not everything in it is known to give nothing away.
    select
        word collate "C" as word,
        (word || chr(1114111)) collate "C" as beyond
    from words_of($5) as one (word)
),
met as materialized (
    select n.investor_id
    from wanted q
    join investor_word n on n.word >= q.word and n.word < q.beyond
    group by n.investor_id
    having count(distinct q.word) = (select count(*) from wanted)
    union all
    select id
    from investor
    where lei = $6
    union all
    select distinct w.investor_id
    from investor_wallet w
    where w.address = lower($7)
      and w.removed_at is null
),
found as materialized (
    select investor_id
    from met
    group by investor_id
    having count(*) = $8
)
select
    i.id,
    i.kind,
    i.name,
    i.residence,
    rfc3339(i.created_at) as created_at,
    rfc3339(i.updated_at) as updated_at
from found f
join investor i on i.id = f.investor_id
where ($3::text is null or i.kind = $3)
  and ($4::text is null or i.residence = $4)
