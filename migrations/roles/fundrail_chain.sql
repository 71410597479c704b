-- escrow-webhook, escrow and chain-worker: takes in what chains report, folds it into escrows, and shows these to the owners of wallets.
-- All writing is done by functions.

grant select on chain to fundrail_chain;
grant select (block_hash, block_number, chain_id, removed) on chain_block to fundrail_chain;
grant select on chain_contract_watcher to fundrail_chain;
grant select on escrow to fundrail_chain;
grant select on escrow_change to fundrail_chain;
grant select on escrow_event to fundrail_chain;
grant select on escrow_ledger_entry to fundrail_chain;
grant select on escrow_on_chain to fundrail_chain;
grant select (address, chain_id, proof_lapsed_at, proven_at, removed_at, tenant_id) on investor_wallet to fundrail_chain;

grant execute on function chain_apply_sweep to fundrail_chain;
grant execute on function chain_intake to fundrail_chain;
grant execute on function chain_pending_drop to fundrail_chain;
grant execute on function chain_pending_given_up to fundrail_chain;
grant execute on function chain_pending_take to fundrail_chain;
grant execute on function escrow_final_events to fundrail_chain;
grant execute on function escrow_ledger_standing to fundrail_chain;
grant execute on function escrow_logs to fundrail_chain;
grant execute on function escrow_store to fundrail_chain;
grant execute on function escrow_withdraw to fundrail_chain;
grant execute on function job_any_due to fundrail_chain;
grant execute on function job_claim to fundrail_chain;
grant execute on function job_fail to fundrail_chain;
grant execute on function job_finish to fundrail_chain;
grant execute on function periodic_claim to fundrail_chain;
