select id, kind, attempts, last_error
from notification_report_given_up()
