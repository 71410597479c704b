select kind, state, jobs, oldest_seconds
from job_statistics()
order by kind, state
