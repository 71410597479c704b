select
    id,
    kind,
    name,
    residence,
    rfc3339(created_at) as created_at,
    rfc3339(updated_at) as updated_at
from investor
where ($3::text is null or kind = $3)
  and ($4::text is null or residence = $4)
