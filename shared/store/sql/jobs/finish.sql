select job_finish($1, $2) as held
