select job_any_due($1) as jobs, periodic_claim($2, $3::text[]::integer[]) as periodic
