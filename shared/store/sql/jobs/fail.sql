select job_fail($1, $2, $3, $4) as held
