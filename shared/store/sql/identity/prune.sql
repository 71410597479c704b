select auth_prune() as pruned
