-- KYC files: what a tenant has collected of an investor, submitted, and had approved by a second person.
--
-- Everything that happens to a file is a row of kyc_transition; kyc_file is what follows from them, so that files can be found
-- by their state. An approval is of what was submitted: the hash of the content is in the row of the submission, and compared
-- when it is approved. Whoever has written something is kept, since they do not approve it.

insert into permission (name, description, of_installation) values
    ('investors:approve', 'approve what others have recorded of investors', false);
insert into role_permission (role, permission) values
    ('owner', 'investors:approve'), ('admin', 'investors:approve'), ('compliance', 'investors:approve');

-- Since when somebody has a role: whoever was given one after a submission does not approve it.
alter table membership_role add column given_at timestamptz not null default clock_timestamp();

-- Countries that make an investor a higher risk. Whoever runs Fundrail keeps the list; a row says where it comes from.
create table risk_country (
    country text primary key,
    rating  text not null,
    source  text not null,
    as_of   date not null,
    constraint risk_country_form check (country ~ '^[A-Z]{2}$'),
    constraint risk_country_rating_known check (rating in ('medium', 'high'))
);
grant select on risk_country to fundrail_system;
insert into risk_country (country, rating, source, as_of) values
    ('IR', 'high', 'FATF, High-Risk Jurisdictions subject to a Call for Action', '2026-06-30'),
    ('KP', 'high', 'FATF, High-Risk Jurisdictions subject to a Call for Action', '2026-06-30'),
    ('MM', 'high', 'FATF, High-Risk Jurisdictions subject to a Call for Action', '2026-06-30');

-- Who has written what no approval may take for granted: the last version of the investor that each person has made.
create table investor_author (
    tenant_id   uuid not null,
    investor_id uuid not null,
    user_id     uuid not null references app_user (id),
    version     bigint not null,
    recorded_at timestamptz not null default clock_timestamp(),
    primary key (tenant_id, investor_id, user_id),
    constraint investor_author_investor foreign key (tenant_id, investor_id) references investor (tenant_id, id),
    constraint investor_author_version_positive check (version > 0)
);
create index investor_author_of_user on investor_author (user_id);

alter table investor_author enable row level security;
alter table investor_author force row level security;
create policy investor_author_of_tenant on investor_author
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select on investor_author to fundrail_system;

-- What was recorded before has its authors in the audit trail. As the owner, whom row-level security binds as long as it is forced.
alter table investor no force row level security;
alter table audit_event no force row level security;
alter table api_key no force row level security;
alter table investor_author no force row level security;
insert into investor_author (tenant_id, investor_id, user_id, version)
select distinct i.tenant_id, i.id, who.user_id, i.version
from investor i
join audit_event e on e.tenant_id = i.tenant_id and e.subject_kind = 'investor' and e.subject_id = i.id::text
left join api_key k on e.actor_kind = 'api_key' and k.tenant_id = e.tenant_id and k.id = e.actor_id
cross join lateral (values (case when e.actor_kind = 'user' then e.actor_id end), (k.made_by), (k.created_by)) as who (user_id)
where who.user_id is not null;
alter table investor force row level security;
alter table audit_event force row level security;
alter table api_key force row level security;
alter table investor_author force row level security;

-- Documents of a file: what identifies them, and their hash. Append-only.
create table kyc_document (
    tenant_id   uuid not null,
    id          uuid not null,
    investor_id uuid not null,
    kind        text not null,
    issuer      text not null,
    reference   text,
    sha256      text not null,
    issued_on   date not null,
    expires_on  date,
    recorded_at timestamptz not null default clock_timestamp(),
    primary key (tenant_id, id),
    constraint kyc_document_of_investor_once unique (tenant_id, investor_id, id),
    constraint kyc_document_investor foreign key (tenant_id, investor_id) references investor (tenant_id, id),
    constraint kyc_document_kind_known check (kind in (
        'passport', 'identity_card', 'residence_permit', 'proof_of_address', 'register_extract', 'certificate_of_incorporation',
        'articles', 'ownership_record', 'source_of_funds', 'other')),
    constraint kyc_document_issuer_length check (char_length(issuer) between 1 and 200),
    constraint kyc_document_reference_length check (char_length(reference) between 1 and 200),
    constraint kyc_document_sha256_form check (sha256 ~ '^[0-9a-f]{64}$'),
    constraint kyc_document_dates check (expires_on >= issued_on)
);

alter table kyc_document enable row level security;
alter table kyc_document force row level security;
create policy kyc_document_of_tenant on kyc_document
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select on kyc_document to fundrail_system;

-- A document that no longer belongs to the file, and why.
create table kyc_document_withdrawal (
    tenant_id    uuid not null,
    document_id  uuid not null,
    reason       text not null,
    withdrawn_at timestamptz not null default clock_timestamp(),
    primary key (tenant_id, document_id),
    constraint kyc_document_withdrawal_document foreign key (tenant_id, document_id) references kyc_document (tenant_id, id),
    constraint kyc_document_withdrawal_reason_length check (char_length(reason) between 1 and 500)
);

alter table kyc_document_withdrawal enable row level security;
alter table kyc_document_withdrawal force row level security;
create policy kyc_document_withdrawal_of_tenant on kyc_document_withdrawal
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select on kyc_document_withdrawal to fundrail_system;

-- What a reviewer wants to know. Answered once, or withdrawn; the question never changes.
create table kyc_request (
    tenant_id    uuid not null,
    id           uuid not null,
    investor_id  uuid not null,
    question     text not null,
    asked_by     uuid references app_user (id),
    asked_at     timestamptz not null default clock_timestamp(),
    answer       text,
    answered_by  uuid references app_user (id),
    answered_at  timestamptz,
    withdrawn_at timestamptz,
    primary key (tenant_id, id),
    constraint kyc_request_investor foreign key (tenant_id, investor_id) references investor (tenant_id, id),
    constraint kyc_request_question_length check (char_length(question) between 1 and 1000),
    constraint kyc_request_answer_length check (char_length(answer) between 1 and 4000),
    constraint kyc_request_answered check ((answer is null) = (answered_at is null)),
    constraint kyc_request_over_once check (answered_at is null or withdrawn_at is null)
);
create index kyc_request_of_investor on kyc_request (tenant_id, investor_id, id);

alter table kyc_request enable row level security;
alter table kyc_request force row level security;
create policy kyc_request_of_tenant on kyc_request
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
-- What is over stays as it is. Without a check of its own, a policy checks the new row by the same condition, and nothing could end.
create policy kyc_request_over on kyc_request as restrictive for update
    using (answered_at is null and withdrawn_at is null) with check (true);
grant select on kyc_request to fundrail_system;

-- What has happened to a file, append-only.
create table kyc_transition (
    tenant_id           uuid not null,
    id                  uuid not null,
    investor_id         uuid not null,
    -- Order, within an investor: its row is locked while one is added.
    number              bigint generated always as identity,
    event               text not null,
    from_state          text not null,
    to_state            text not null,
    -- The investor as it was then.
    identity_version    bigint not null,
    version             bigint not null,
    content_sha256      text not null,
    -- Who: a person, or an API key for which somebody is responsible; null for Fundrail itself.
    acted_by            uuid references app_user (id),
    acted_with          uuid,
    -- Who has made that key, and so knows it.
    key_made_by         uuid references app_user (id),
    reason              text,
    -- Of a submission.
    politically_exposed boolean,
    source_of_funds     text,
    -- Of a submission and an approval.
    risk                text,
    risk_factors        text[],
    -- Of an approval: what it approves, who had submitted that, and until when it counts.
    submission_id       uuid,
    submitted_by        uuid references app_user (id),
    valid_until         date,
    recorded_at         timestamptz not null default clock_timestamp(),
    primary key (tenant_id, id),
    constraint kyc_transition_investor foreign key (tenant_id, investor_id) references investor (tenant_id, id),
    constraint kyc_transition_submission foreign key (tenant_id, submission_id) references kyc_transition (tenant_id, id),
    constraint kyc_transition_event_known check (event in (
        'submitted', 'edited', 'identity_changed', 'review_begun', 'returned', 'approved', 'rejected', 'expired', 'reopened')),
    constraint kyc_transition_from_state_known check (
        from_state in ('draft', 'submitted', 'in_review', 'approved', 'rejected', 'expired')),
    constraint kyc_transition_to_state_known check (
        to_state in ('draft', 'submitted', 'in_review', 'approved', 'rejected', 'expired')),
    constraint kyc_transition_moves check (from_state <> to_state),
    constraint kyc_transition_sha256_form check (content_sha256 ~ '^[0-9a-f]{64}$'),
    constraint kyc_transition_reason_length check (char_length(reason) between 1 and 500),
    constraint kyc_transition_submitted_complete check (
        (event = 'submitted') = (politically_exposed is not null) and (event = 'submitted') = (source_of_funds is not null)),
    constraint kyc_transition_approved_complete check ((event = 'approved') = (valid_until is not null)),
    constraint kyc_transition_rated check ((event in ('submitted', 'approved')) = (risk is not null)),
    constraint kyc_transition_risk_known check (risk in ('low', 'medium', 'high')),
    constraint kyc_transition_two_persons check (event <> 'approved' or acted_by <> submitted_by)
);
create index kyc_transition_of_investor on kyc_transition (tenant_id, investor_id, number);
create index kyc_transition_decisions on kyc_transition (tenant_id, investor_id, number) where event in ('approved', 'rejected');
create index kyc_transition_submissions on kyc_transition (tenant_id, investor_id, number) where event = 'submitted';

alter table kyc_transition enable row level security;
alter table kyc_transition force row level security;
create policy kyc_transition_of_tenant on kyc_transition
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select on kyc_transition to fundrail_system;

-- The state of each file that is no untouched draft, by a trigger.
create table kyc_file (
    tenant_id   uuid not null,
    investor_id uuid not null,
    state       text not null,
    since       timestamptz not null,
    -- Of an approved one.
    valid_until date,
    primary key (tenant_id, investor_id),
    constraint kyc_file_investor foreign key (tenant_id, investor_id) references investor (tenant_id, id),
    constraint kyc_file_state_known check (state in ('draft', 'submitted', 'in_review', 'approved', 'rejected', 'expired'))
);
create index kyc_file_by_state on kyc_file (tenant_id, state, investor_id);
create index kyc_file_expiry on kyc_file (valid_until) where state = 'approved';

create trigger kyc_file_follow after insert on kyc_transition for each row execute function kyc_file_follow();

alter table kyc_file enable row level security;
alter table kyc_file force row level security;
create policy kyc_file_of_tenant on kyc_file
    using (tenant_id = (select app_tenant_id())) with check (tenant_id = (select app_tenant_id()));
grant select, insert, update on kyc_file to fundrail_system;
