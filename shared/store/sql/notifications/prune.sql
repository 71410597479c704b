select notification_prune() as pruned
