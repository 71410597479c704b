select idempotency_forget($1)
