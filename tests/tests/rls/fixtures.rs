//! A row for every table that belongs to somebody.

/// How to make a row of a table, and how to tell whose it is.
///
/// Both texts may hold `{tenant}`, `{user}` (whose row it is), `{id}` (a new UUID), `{digits}` (the id's 32 digits, new each
/// time) and `{wallet}` (an address that belongs to the tenant alone).
pub(crate) struct Fixture {
    /// The table.
    pub(crate) table: &'static str,
    /// The statement that makes a row.
    pub(crate) insert: &'static str,
    /// True of the tenant's or user's own rows, and of them alone.
    pub(crate) own: &'static str,
    /// Who may read it.
    pub(crate) readers: Readers,
}

/// Who may read the rows of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Whoever they belong to, alone.
    Owner,
    /// Everybody: the catalogue.
    Everybody,
}

const TENANT: &str = "tenant_id = '{tenant}'";
const USER: &str = "user_id = '{user}'";

const fn owned(table: &'static str, insert: &'static str, own: &'static str) -> Fixture {
    Fixture { table, insert, own, readers: Readers::Owner }
}

const fn catalogue(table: &'static str, insert: &'static str, own: &'static str) -> Fixture {
    Fixture { table, insert, own, readers: Readers::Everybody }
}

/// Shared rows that fixtures refer to.
pub(crate) const GROUND: &[&str] = &[
    "insert into chain (id, name, confirmations) values (31337, 'Local', 1) on conflict do nothing",
    "insert into chain_contract (chain_id, address, kind) \
     values (31337, '0x00000000000000000000000000000000000000fa', 'escrow_factory') on conflict do nothing",
];

/// In the order in which rows can refer to each other. A table without a row here fails the test that names it.
pub(crate) const FIXTURES: &[Fixture] = &[
    owned(
        "tenant",
        "insert into tenant (id, name, kind) values ('{tenant}', 'T', 'issuer')",
        "id = '{tenant}'",
    ),
    owned(
        "app_user",
        "insert into app_user (id, email) values ('{user}', '{digits}@example.com')",
        "id = '{user}'",
    ),
    owned("membership", "insert into membership (tenant_id, user_id) values ('{tenant}', '{user}')", TENANT),
    owned(
        "membership_role",
        "insert into membership_role (tenant_id, user_id, role) values ('{tenant}', '{user}', 'viewer')",
        TENANT,
    ),
    owned("job", "insert into job (id, tenant_id, kind) values ('{id}', '{tenant}', 'test.nothing')", TENANT),
    owned(
        "audit_event",
        "insert into audit_event (tenant_id, id, actor_kind, action, subject_kind, subject_id) \
         values ('{tenant}', '{id}', 'system', 'test.happened', 'test', '{id}')",
        TENANT,
    ),
    owned(
        "audit_pending",
        "insert into audit_pending (tenant_id, event_id) values ('{tenant}', '{id}')",
        TENANT,
    ),
    owned(
        "audit_seal",
        "insert into audit_seal (tenant_id, position, event_id, event_hash, chain_hash) \
         values ('{tenant}', 1 + {new}, '{id}', '0', '0')",
        TENANT,
    ),
    owned(
        "audit_head",
        // The tenant came with one.
        "insert into audit_head (tenant_id, position, chain_hash) values ('{tenant}', 1, '0') \
         on conflict (tenant_id) do update set position = 1",
        TENANT,
    ),
    owned(
        "idempotency_record",
        "insert into idempotency_record (tenant_id, key, principal_id, route, request_hash, locked_until) \
         values ('{tenant}', '{id}', '{user}', '/', '', now())",
        TENANT,
    ),
    owned("user_password", "insert into user_password (user_id, hash) values ('{user}', '-')", USER),
    owned(
        "user_address",
        "insert into user_address (user_id, address_hash) values ('{user}', '{digits}')",
        USER,
    ),
    owned("user_device", "insert into user_device (user_id, token_hash) values ('{user}', '{digits}')", USER),
    owned(
        "user_totp",
        "insert into user_totp (user_id, secret_sealed, secret_key_id) values ('{user}', '-', 'k1')",
        USER,
    ),
    owned(
        "user_recovery_code",
        "insert into user_recovery_code (user_id, code_hash) values ('{user}', '{digits}')",
        USER,
    ),
    owned(
        "one_time_token",
        "insert into one_time_token (id, user_id, purpose, token_hash, expires_at) \
         values ('{id}', '{user}', 'password_reset', '{digits}', now())",
        USER,
    ),
    owned(
        "session",
        "insert into session (tenant_id, id, user_id, expires_at, family_id) \
         values ('{tenant}', '{id}', '{user}', now(), '{id}')",
        TENANT,
    ),
    owned(
        "refresh_token",
        "insert into refresh_token (tenant_id, id, session_id, token_hash, seed, expires_at) values ('{tenant}', '{id}', \
         (select id from session where tenant_id = '{tenant}' limit 1), '{digits}', '', now())",
        TENANT,
    ),
    owned(
        "login_challenge",
        "insert into login_challenge (id, user_id, tenant_id, token_hash, expires_at) \
         values ('{id}', '{user}', '{tenant}', '{digits}', now())",
        TENANT,
    ),
    owned(
        "notification",
        "insert into notification (tenant_id, id, kind, recipient) values ('{tenant}', '{id}', 'test', 'a@example.com')",
        TENANT,
    ),
    owned(
        "invitation",
        "insert into invitation (tenant_id, id, email, roles, invited_by, token_hash, expires_at) \
         values ('{tenant}', '{id}', '{digits}@example.com', '{viewer}', '{user}', '{digits}', now())",
        TENANT,
    ),
    owned(
        "api_key",
        "insert into api_key (tenant_id, id, name, prefix, secret_hash, scopes, created_by, expires_at) \
         values ('{tenant}', '{id}', 'k', 'frk', '{digits}', '{funds:read}', '{user}', now())",
        TENANT,
    ),
    catalogue(
        "issuer",
        "insert into issuer (id, tenant_id, name, country) values ('{id}', '{tenant}', '{digits}', 'LU')",
        TENANT,
    ),
    catalogue(
        "fund",
        "insert into fund (id, issuer_id, name, strategy, domicile, legal_form, status, base_currency, launched_on) \
         select '{id}', id, '{digits}', 'equity', 'LU', 'RAIF', 'open', 'EUR', '2024-01-01' \
         from issuer where tenant_id = '{tenant}' limit 1",
        "issuer_id in (select id from issuer where tenant_id = '{tenant}')",
    ),
    catalogue(
        "share_class",
        "insert into share_class (id, fund_id, name, currency, min_first_subscription, min_further_subscription, \
         management_fee_bps, distribution_policy, rule_sets, launched_on) \
         select '{id}', f.id, '{digits}', 'EUR', 1, 1, 0, 'accumulating', '{x}', '2024-01-01' \
         from fund f join issuer i on i.id = f.issuer_id where i.tenant_id = '{tenant}' limit 1",
        "fund_id in (select f.id from fund f join issuer i on i.id = f.issuer_id where i.tenant_id = '{tenant}')",
    ),
    catalogue(
        "share_class_token",
        "insert into share_class_token (share_class_id, chain_id, address, decimals) \
         select c.id, (random() * 1e9)::bigint + 1, '0x' || substr('{digits}{digits}', 1, 40), 6 from share_class c \
         join fund f on f.id = c.fund_id join issuer i on i.id = f.issuer_id where i.tenant_id = '{tenant}' limit 1",
        "share_class_id in (select c.id from share_class c join fund f on f.id = c.fund_id \
         join issuer i on i.id = f.issuer_id where i.tenant_id = '{tenant}')",
    ),
    catalogue(
        "nav",
        "insert into nav (share_class_id, nav_date, per_share, source) \
         select c.id, date '2024-01-01' + (random() * 300)::integer, 1, 'test' from share_class c \
         join fund f on f.id = c.fund_id join issuer i on i.id = f.issuer_id where i.tenant_id = '{tenant}' limit 1",
        "share_class_id in (select c.id from share_class c join fund f on f.id = c.fund_id \
         join issuer i on i.id = f.issuer_id where i.tenant_id = '{tenant}')",
    ),
    catalogue(
        "nav_version",
        "insert into nav_version (id, share_class_id, position, nav_date, per_share, source) \
         select '{id}', c.id, 0, date '2023-01-01' + (random() * 300)::integer, 1, 'test' from share_class c \
         join fund f on f.id = c.fund_id join issuer i on i.id = f.issuer_id where i.tenant_id = '{tenant}' limit 1",
        "share_class_id in (select c.id from share_class c join fund f on f.id = c.fund_id \
         join issuer i on i.id = f.issuer_id where i.tenant_id = '{tenant}')",
    ),
    owned(
        "nav_proposal",
        "insert into nav_proposal (id, share_class_id, nav_date, per_share, proposed_by) \
         select '{id}', c.id, date '2023-01-01' + (random() * 300)::integer, 1, '{user}' from share_class c \
         join fund f on f.id = c.fund_id join issuer i on i.id = f.issuer_id where i.tenant_id = '{tenant}' limit 1",
        "share_class_id in (select c.id from share_class c join fund f on f.id = c.fund_id \
         join issuer i on i.id = f.issuer_id where i.tenant_id = '{tenant}')",
    ),
    owned(
        "investor",
        "insert into investor (tenant_id, id, kind, name, residence) values ('{tenant}', '{id}', 'natural', 'N', 'LU')",
        TENANT,
    ),
    owned(
        "investor_word",
        "insert into investor_word (tenant_id, word, investor_id) values ('{tenant}', '{digits}', \
         (select id from investor where tenant_id = '{tenant}' limit 1))",
        TENANT,
    ),
    owned(
        "investor_change",
        "insert into investor_change (tenant_id, id, investor_id, secret_sealed, secret_key_id) values ('{tenant}', '{id}', \
         (select id from investor where tenant_id = '{tenant}' limit 1), '-', 'k1')",
        TENANT,
    ),
    owned(
        "investor_wallet",
        "insert into investor_wallet (tenant_id, id, investor_id, chain_id, address) values ('{tenant}', '{id}', \
         (select id from investor where tenant_id = '{tenant}' limit 1), 31337 + {new}, '{wallet}')",
        TENANT,
    ),
    owned(
        "wallet_challenge",
        "insert into wallet_challenge (tenant_id, id, wallet_id, message, issued_at, expires_at) values ('{tenant}', '{id}', \
         (select id from investor_wallet where tenant_id = '{tenant}' limit 1), '-', now(), now() + interval '1 hour')",
        TENANT,
    ),
    owned(
        "investor_verification",
        "insert into investor_verification (tenant_id, id, investor_id, identity_version, status) values ('{tenant}', \
         '{id}', (select id from investor where tenant_id = '{tenant}' limit 1), 1, 'pending')",
        TENANT,
    ),
    owned(
        "investor_screening",
        "insert into investor_screening (tenant_id, id, investor_id, identity_version, outcome, screened_at, source) \
         values ('{tenant}', '{id}', (select id from investor where tenant_id = '{tenant}' limit 1), 1, 'clear', now(), 'T')",
        TENANT,
    ),
    owned(
        "investor_classification",
        "insert into investor_classification (tenant_id, id, investor_id, kind, evidence, issued_on) values ('{tenant}', \
         '{id}', (select id from investor where tenant_id = '{tenant}' limit 1), 'us_accredited', 'tax_statement', now())",
        TENANT,
    ),
    owned(
        "investor_classification_approval",
        "insert into investor_classification_approval (tenant_id, classification_id, investor_id) values ('{tenant}', \
         (select id from investor_classification where tenant_id = '{tenant}' limit 1), \
         (select id from investor where tenant_id = '{tenant}' limit 1))",
        TENANT,
    ),
    owned(
        "investor_revocation",
        "insert into investor_revocation (tenant_id, id, investor_id, verification_id, reason) values ('{tenant}', '{id}', \
         (select id from investor where tenant_id = '{tenant}' limit 1), \
         (select id from investor_verification where tenant_id = '{tenant}' limit 1), 'R')",
        TENANT,
    ),
    owned(
        "investor_author",
        "insert into investor_author (tenant_id, investor_id, user_id, version) values ('{tenant}', \
         (select id from investor where tenant_id = '{tenant}' limit 1), '{user}', 1)",
        TENANT,
    ),
    owned(
        "kyc_document",
        "insert into kyc_document (tenant_id, id, investor_id, kind, issuer, sha256, issued_on) values ('{tenant}', '{id}', \
         (select id from investor where tenant_id = '{tenant}' limit 1), 'passport', 'I', repeat('0', 64), '2020-01-01')",
        TENANT,
    ),
    owned(
        "kyc_document_withdrawal",
        "insert into kyc_document_withdrawal (tenant_id, document_id, reason) values ('{tenant}', \
         (select id from kyc_document where tenant_id = '{tenant}' limit 1), 'R')",
        TENANT,
    ),
    owned(
        "kyc_request",
        "insert into kyc_request (tenant_id, id, investor_id, question) values ('{tenant}', '{id}', \
         (select id from investor where tenant_id = '{tenant}' limit 1), 'Q')",
        TENANT,
    ),
    // Its trigger makes a row of kyc_file.
    owned(
        "kyc_transition",
        "insert into kyc_transition (tenant_id, id, investor_id, event, from_state, to_state, identity_version, version, \
         content_sha256) values ('{tenant}', '{id}', (select id from investor where tenant_id = '{tenant}' limit 1), \
         'reopened', 'approved', 'draft', 1, 1, repeat('0', 64))",
        TENANT,
    ),
    owned(
        "kyc_file",
        "insert into kyc_file (tenant_id, investor_id, state, since) values ('{tenant}', \
         (select id from investor where tenant_id = '{tenant}' limit 1), 'draft', now()) \
         on conflict (tenant_id, investor_id) do update set since = excluded.since",
        TENANT,
    ),
    owned(
        "ownership_party",
        "insert into ownership_party (tenant_id, id, kind, name) values ('{tenant}', '{id}', 'legal', 'P')",
        TENANT,
    ),
    owned(
        "ownership_party_screening",
        "insert into ownership_party_screening (tenant_id, id, party_id, outcome, screened_at, source) values ('{tenant}', \
         '{id}', (select id from ownership_party where tenant_id = '{tenant}' limit 1), 'clear', now(), 'T')",
        TENANT,
    ),
    owned(
        "ownership_stake",
        "insert into ownership_stake (tenant_id, id, owner_investor_id, owned_party_id, percent, since) values ('{tenant}', \
         '{id}', (select id from investor where tenant_id = '{tenant}' limit 1), \
         (select id from ownership_party where tenant_id = '{tenant}' limit 1), 1, '2020-01-01')",
        TENANT,
    ),
    owned(
        "ownership_stake_end",
        "insert into ownership_stake_end (tenant_id, stake_id, reason) values ('{tenant}', \
         (select id from ownership_stake where tenant_id = '{tenant}' limit 1), 'R')",
        TENANT,
    ),
    owned(
        "holding_lot",
        "insert into holding_lot (tenant_id, id, investor_id, share_class_id, units, amount, acquired_at) \
         values ('{tenant}', '{id}', (select id from investor where tenant_id = '{tenant}' limit 1), \
         (select id from share_class limit 1), 1, 1, now())",
        TENANT,
    ),
    owned(
        "compliance_decision",
        "insert into compliance_decision (tenant_id, id, investor_id, share_class_id, side, amount, currency, outcome, \
         results, basis, basis_sha256, decided_at, valid_until) values ('{tenant}', '{id}', \
         (select id from investor where tenant_id = '{tenant}' limit 1), (select id from share_class limit 1), \
         'subscribe', 1, 'EUR', 'deny', '[]', '{}', repeat('0', 64), now(), now() + interval '1 hour')",
        TENANT,
    ),
    owned(
        "chain_contract_watcher",
        "insert into chain_contract_watcher (tenant_id, chain_id, address) \
         select '{tenant}', chain_id, address from chain_contract limit 1",
        TENANT,
    ),
    owned(
        "escrow",
        // Whoever has proven to control the buyer's wallet sees it.
        "with proven as (update investor_wallet set proven_at = now(), \
             proof_id = (select id from wallet_challenge where tenant_id = '{tenant}' limit 1) where tenant_id = '{tenant}') \
         insert into escrow (id, chain_id, address, factory, order_id, buyer, seller, arbiter, amount, deadline, state, \
         funded, released, refunded, balance, created_block, last_block, created_at, changed_at) values ('{id}', 31337, \
         '0x' || substr('{digits}{digits}', 1, 40), '0x0', '0x0', '{wallet}', '0x0', '0x0', 1, 1, 'created', 0, 0, 0, 0, \
         1, 1, now(), now())",
        "buyer = '{wallet}'",
    ),
    owned(
        "escrow_event",
        "insert into escrow_event (escrow_id, block_number, log_index, block_hash, transaction_hash, name, parameters, \
         outcome, detail, received_at) values ((select id from escrow where buyer = '{wallet}' limit 1), 1, 1, '{digits}', \
         '0x0', 'Funded', '{}', 'applied', '', now())",
        "escrow_id in (select id from escrow where buyer = '{wallet}')",
    ),
    owned(
        "escrow_change",
        "insert into escrow_change (escrow_id, block_number, log_index, block_hash, name, outcome, detail) \
         values ((select id from escrow where buyer = '{wallet}' limit 1), 1, 1, '{digits}', 'Funded', 'applied', '')",
        "escrow_id in (select id from escrow where buyer = '{wallet}')",
    ),
    owned(
        "escrow_ledger_entry",
        "insert into escrow_ledger_entry (escrow_id, block_hash, log_index, account, address, debit, credit) \
         values ((select id from escrow where buyer = '{wallet}' limit 1), '{digits}', 1, 'buyer', '{wallet}', 1, 0)",
        "escrow_id in (select id from escrow where buyer = '{wallet}')",
    ),
];

/// Tables with rows of somebody that no component reads, but through functions.
pub(crate) const UNREAD: &[&str] = &["job"];

/// Tables that belong to nobody.
pub(crate) const SHARED: &[&str] = &[
    "asset",
    "chain",
    "chain_block",
    "chain_contract",
    "chain_event",
    "chain_event_contradiction",
    "chain_event_pending",
    "chain_statement",
    "compliance_rule",
    "compliance_rule_review",
    "compliance_rules_version",
    "dealing_calendar",
    "function_set",
    "periodic_task",
    "permission",
    "price_candle",
    "price_tick",
    "refinery_schema_history",
    "risk_country",
    "role",
    "role_permission",
    "rule_set",
    "rule_set_rule",
    "sign_in_failure",
    "signing_key",
];

/// Every function that acts with more rights than its caller, and with whose. `fundrail_system` sees all tenants.
pub(crate) const DEFINERS: &[(&str, &str)] = &[
    ("app_member_may", "fundrail_system"),
    ("audit_event_queue", "fundrail_system"),
    ("audit_head_begin", "fundrail_system"),
    ("audit_seal_pending", "fundrail_system"),
    ("auth_end_own_sessions", "fundrail_system"),
    ("auth_find_api_key", "fundrail_system"),
    ("auth_find_challenge", "fundrail_system"),
    ("auth_find_credentials", "fundrail_system"),
    ("auth_find_invitation", "fundrail_system"),
    ("auth_find_refresh_token", "fundrail_system"),
    ("auth_find_session", "fundrail_system"),
    ("auth_find_user", "fundrail_system"),
    ("auth_knows_device", "fundrail_system"),
    ("auth_mailed_ages", "fundrail_system"),
    ("auth_may_begin", "fundrail_system"),
    ("auth_own_marks", "fundrail_system"),
    ("auth_own_sessions", "fundrail_system"),
    ("auth_own_tenants", "fundrail_system"),
    ("auth_prove_mailbox", "fundrail_system"),
    ("auth_prune", "fundrail_system"),
    ("auth_reset_factor", "fundrail_system"),
    ("auth_revoke_own_sessions", "fundrail_system"),
    ("auth_use_email_change", "fundrail_system"),
    ("auth_use_one_time_token", "fundrail_system"),
    ("authority_hold", "fundrail_system"),
    ("chain_apply_sweep", "fundrail_system"),
    ("chain_intake", "fundrail_system"),
    ("chain_pending_drop", "fundrail_system"),
    ("chain_pending_given_up", "fundrail_system"),
    ("chain_pending_take", "fundrail_system"),
    ("escrow_final_events", "fundrail_system"),
    ("escrow_ledger_standing", "fundrail_system"),
    ("escrow_logs", "fundrail_system"),
    ("escrow_store", "fundrail_system"),
    ("escrow_withdraw", "fundrail_system"),
    ("idempotency_forget", "fundrail_system"),
    ("idempotency_prune", "fundrail_system"),
    ("job_any_due", "fundrail_system"),
    ("job_claim", "fundrail_system"),
    ("job_fail", "fundrail_system"),
    ("job_finish", "fundrail_system"),
    ("job_prune", "fundrail_system"),
    ("job_report_dead", "fundrail_system"),
    ("job_statistics", "fundrail_system"),
    ("kyc_files_to_expire", "fundrail_system"),
    ("membership_ended", "fundrail_system"),
    ("membership_role_changing", "fundrail_system"),
    ("membership_roles_changed", "fundrail_system"),
    ("nav_follow_version", "fundrail_system"),
    ("nav_keep_version", "fundrail_system"),
    ("notification_claim", "fundrail_system"),
    ("notification_failed", "fundrail_system"),
    ("notification_prune", "fundrail_system"),
    ("notification_report_given_up", "fundrail_system"),
    ("notification_sent", "fundrail_system"),
    ("periodic_claim", "fundrail_system"),
    ("price_candle_partitions", "fundrail_owner"),
    ("secrets_reencrypted", "fundrail_system"),
    ("secrets_to_reencrypt", "fundrail_system"),
    ("share_class_name_asset", "fundrail_system"),
    ("share_class_register", "fundrail_system"),
];
