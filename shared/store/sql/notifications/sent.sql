select notification_sent($1, $2) as held
