-- Indexes for what the workers of `jobs` ask every few seconds or minutes, of tables that grow: each question read the whole of
-- its table, to find little or nothing (`cargo xtask test --program plans`).

-- Every five minutes: jobs that have been done for a day, and sessions that ended a month ago (job_prune, auth_prune).
create index job_done on job (finished_at) where state = 'done';
create index session_ended on session (coalesce(revoked_at, expires_at));

-- Every five minutes: mail of a month ago (notification_prune).
create index notification_age on notification (created_at);

-- Every minute: what is encrypted with another key than the current one (secrets_to_reencrypt). investor_change has such an index.
create index user_totp_by_key on user_totp (secret_key_id);
create index notification_by_key on notification (secret_key_id) where secret_sealed is not null;

-- Every two seconds: logs that have been given up, of which there are hardly ever any (chain_pending_given_up).
create index chain_event_pending_given_up on chain_event_pending (attempts) where attempts >= 20;
