select id, basis
from compliance_decision
where id = any ($1::text[]::uuid[])
