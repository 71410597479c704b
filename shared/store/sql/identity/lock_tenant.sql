select id, name, kind, mfa_required
from tenant
where id = $1
for no key update
