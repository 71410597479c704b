select
    id,
    profile as recorded,
    version,
    created_at,
    updated_at
from investor_profile
where id = $1
