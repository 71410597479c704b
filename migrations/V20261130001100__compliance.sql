-- Rules belong to everybody; a decision belongs to the tenant that asked, and keeps what it rested on so that it can be taken
-- again years later.

-- Rules are everybody's, and written by migrations and seeds alone.
create table rule_set (
    code        text primary key,
    title       text not null,
    description text not null,
    -- Binds every share class, whether it names the set or not.
    binds_all   boolean not null default false,
    constraint rule_set_code_form check (code ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and char_length(code) <= 50)
);
grant select on rule_set to fundrail_system;

-- Versions of rules, append-only but for their end.
create table compliance_rule (
    id                      text not null,
    version                 integer not null,
    source                  text not null,
    applies_to              text[] not null,
    predicate               text not null,
    params                  jsonb not null,
    effective_from          timestamptz not null,
    effective_to            timestamptz,
    evidence                text[] not null default '{}',
    -- How old evidence may be, in days or in months of the calendar: "within the prior three months" means the latter, and 90
    -- days are two days less or two more.
    evidence_max_age_days   integer,
    on_fail                 text not null,
    message                 text not null,
    evidence_max_age_months integer,
    primary key (id, version),
    constraint compliance_rule_id_form check (id ~ '^[a-z0-9_]+([.][a-z0-9_]+)*$' and char_length(id) <= 100),
    constraint compliance_rule_version_positive check (version > 0),
    constraint compliance_rule_applies_to_known check (
        cardinality(applies_to) > 0 and applies_to <@ array['subscribe', 'receive', 'transfer', 'redeem']),
    constraint compliance_rule_params_object check (jsonb_typeof(params) = 'object'),
    constraint compliance_rule_on_fail_known check (on_fail in ('review', 'deny')),
    constraint compliance_rule_max_age_range check (evidence_max_age_days between 1 and 36500),
    constraint compliance_rule_max_age_months_range check (evidence_max_age_months between 1 and 1200),
    constraint compliance_rule_effective_order check (effective_to > effective_from)
);
grant select on compliance_rule to fundrail_system;

create table rule_set_rule (
    rule_set text not null references rule_set (code),
    rule_id  text not null,
    primary key (rule_set, rule_id)
);
grant select on rule_set_rule to fundrail_system;

-- That what a rule lists was compared with where it comes from, and when that has to be done again. Append-only.
create table compliance_rule_review (
    id             bigint generated always as identity primary key,
    rule_id        text not null,
    rule_version   integer not null,
    reviewed_on    date not null,
    next_review_on date not null,
    -- What it was compared with, as of when.
    source         text not null,
    constraint compliance_rule_review_rule foreign key (rule_id, rule_version) references compliance_rule (id, version),
    constraint compliance_rule_review_once unique (rule_id, rule_version, reviewed_on, next_review_on),
    constraint compliance_rule_review_order check (next_review_on >= reviewed_on),
    constraint compliance_rule_review_source_length check (char_length(source) between 1 and 500)
);
grant select on compliance_rule_review to fundrail_system;

-- Counts every change of rules, in the transaction of the change. It is read in one statement with the facts of a check and is
-- part of the key under which rules are cached: of an older version nothing is ever used, be it changed by a migration, a seed
-- or by hand.
create table compliance_rules_version (
    only_one   boolean primary key default true,
    version    bigint not null,
    changed_at timestamptz not null,
    constraint compliance_rules_version_single check (only_one)
);
insert into compliance_rules_version (version, changed_at) values (1, now());
grant select on compliance_rules_version to fundrail_system;

create trigger rule_set_changed after insert or update or delete or truncate on rule_set
    for each statement execute function compliance_rules_changed();
create trigger compliance_rule_changed after insert or update or delete or truncate on compliance_rule
    for each statement execute function compliance_rules_changed();
create trigger rule_set_rule_changed after insert or update or delete or truncate on rule_set_rule
    for each statement execute function compliance_rules_changed();
create trigger compliance_rule_review_changed after insert or update or delete or truncate on compliance_rule_review
    for each statement execute function compliance_rules_changed();

-- Decisions, append-only.
create table compliance_decision (
    tenant_id      uuid not null references tenant (id),
    id             uuid not null,
    investor_id    uuid not null,
    share_class_id uuid not null references share_class (id),
    -- Who takes over shares of another holder receives them.
    side           text not null,
    -- An order is for an amount in a currency, or for a number of shares.
    amount         numeric,
    currency       text,
    outcome        text not null,
    -- [{rule, version, source, outcome, message}]
    results        text not null,
    -- Rules and facts, as canonical JSON text: the hash is taken over these very bytes.
    basis          text not null,
    basis_sha256   text not null,
    decided_at     timestamptz not null,
    valid_until    timestamptz not null,
    units          numeric,
    primary key (tenant_id, id),
    constraint compliance_decision_investor foreign key (tenant_id, investor_id) references investor (tenant_id, id),
    constraint compliance_decision_side_known check (side in ('subscribe', 'receive', 'transfer', 'redeem')),
    constraint compliance_decision_outcome_known check (outcome in ('allow', 'review', 'deny')),
    constraint compliance_decision_amount_positive check (amount > 0),
    constraint compliance_decision_units_positive check (units > 0),
    constraint compliance_decision_quantity check (
        (amount is null) = (currency is null) and (amount is null) <> (units is null)),
    constraint compliance_decision_validity check (valid_until > decided_at),
    constraint compliance_decision_sha256_form check (basis_sha256 ~ '^[0-9a-f]{64}$')
);
-- The decision that still holds for the same basis.
create index compliance_decision_by_basis on compliance_decision (tenant_id, basis_sha256, valid_until);
create index compliance_decision_of_investor on compliance_decision (tenant_id, investor_id, id);

alter table compliance_decision enable row level security;
alter table compliance_decision force row level security;
create policy compliance_decision_of_tenant on compliance_decision
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select on compliance_decision to fundrail_system;
