select job_prune() as pruned
