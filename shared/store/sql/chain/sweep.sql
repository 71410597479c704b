select chain_apply_sweep($1) as queued
