select notification_failed($1, $2, $3, $4, $5) as held
