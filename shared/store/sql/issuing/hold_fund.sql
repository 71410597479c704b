select id
from fund
where id = $1
  and app_issues_fund(id)
for no key update
