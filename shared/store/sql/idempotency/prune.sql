select idempotency_prune() as pruned
