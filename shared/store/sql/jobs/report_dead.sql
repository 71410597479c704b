select id, kind, attempts, last_error
from job_report_dead()
