//! All SQL of this component.

use chrono::{DateTime, Utc};
use fundrail_api::auth::{ApiKey, Invitation, Member, OwnTenant, Session, Tenant};
use fundrail_kit::client_address;
use fundrail_platform::{
    Asked, Error, Result,
    db::{Db, Row, on_constraint},
    ordered, page_parameters, params,
    secrets::Sealed,
    sessions, tokens,
};
use uuid::Uuid;

/// A refresh token with what is known of its session. Locked until the transaction ends.
pub(crate) struct RefreshToken {
    pub(crate) tenant_id: Uuid,
    pub(crate) id: Uuid,
    pub(crate) session_id: Uuid,
    pub(crate) user_id: Uuid,
    pub(crate) seed: Vec<u8>,
    pub(crate) expires_at: DateTime<Utc>,
    pub(crate) used_at: Option<DateTime<Utc>>,
    pub(crate) session_expires_at: DateTime<Utc>,
    pub(crate) session_revoked: bool,
    pub(crate) is_member: bool,
}

pub(crate) async fn find_refresh_token(db: &Db, hash: &str) -> Result<Option<RefreshToken>> {
    const SQL: &str = "select tenant_id, id, session_id, user_id, seed, expires_at, used_at, session_expires_at, \
        session_revoked, is_member from auth_find_refresh_token($1)";
    db.optional(SQL, params![hash], |row| {
        Ok(RefreshToken {
            tenant_id: row.get("tenant_id")?,
            id: row.get("id")?,
            session_id: row.get("session_id")?,
            user_id: row.get("user_id")?,
            seed: row.get("seed")?,
            expires_at: row.parse("expires_at")?,
            used_at: row.parse_optional("used_at")?,
            session_expires_at: row.parse("session_expires_at")?,
            session_revoked: row.get("session_revoked")?,
            is_member: row.get("is_member")?,
        })
    })
    .await
}

pub(crate) async fn use_refresh_token(db: &Db, id: Uuid, now: DateTime<Utc>) -> Result<()> {
    const SQL: &str = "update refresh_token set used_at = $2::text::timestamptz where id = $1";
    db.execute(SQL, params![id, now]).await.map(drop)
}

pub(crate) async fn touch_session(db: &Db, id: Uuid, address: Option<&str>) -> Result<()> {
    const SQL: &str = "update session set last_used_at = now(), client_address = coalesce($2, client_address) where id = $1";
    db.execute(SQL, params![id, address]).await.map(drop)
}

/// A session that was ended.
pub(crate) struct Ended {
    pub(crate) tenant: Uuid,
    pub(crate) session: Uuid,
}

/// What ends together with a session.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// What grew out of it.
    Grown,
    /// All of its family.
    Family,
}

/// Ends a session of the user of this connection and what goes with it, in whichever tenants they are; answers with all that
/// stood until now.
pub(crate) async fn end_own_sessions(db: &Db, id: Uuid, reach: Reach, reason: &str) -> Result<Vec<Ended>> {
    const SQL: &str = "select tenant_id, id from auth_end_own_sessions($1, $2, $3)";
    db.query(SQL, params![id, reach == Reach::Family, reason], |row| {
        Ok(Ended { tenant: row.get("tenant_id")?, session: row.get("id")? })
    })
    .await
}

/// What is shown of the sessions of the user of this connection, in all tenants.
macro_rules! own_sessions {
    () => {
        "select id, tenant_id, device, client_address, rfc3339(created_at) as created_at, \
            rfc3339(last_used_at) as last_used_at, rfc3339(expires_at) as expires_at from auth_own_sessions() where true"
    };
}

fn read_session(row: &Row, current: Uuid) -> Result<Session> {
    let id: Uuid = row.get("id")?;
    Ok(Session {
        id,
        tenant_id: row.get("tenant_id")?,
        current: id == current,
        device: row.get("device")?,
        client_address: row.get("client_address")?,
        created_at: row.parse("created_at")?,
        last_used_at: row.parse("last_used_at")?,
        expires_at: row.parse("expires_at")?,
    })
}

pub(crate) async fn own_sessions(db: &Db, current: Uuid, page: &Asked) -> Result<Vec<Session>> {
    let sql = ordered!(page.order, own_sessions!(), by "id" after "$1::uuid", "limit $2");
    db.query(sql, page_parameters(page), |row| read_session(row, current)).await
}

pub(crate) async fn own_session(db: &Db, current: Uuid, id: Uuid) -> Result<Option<Session>> {
    const SQL: &str = concat!(own_sessions!(), " and id = $1");
    db.optional(SQL, params![id], |row| read_session(row, current)).await
}

/// Keys in Redis of all sessions in the tenant of this connection.
pub(crate) async fn session_keys_of_tenant(db: &Db) -> Result<Vec<String>> {
    const SQL: &str = "select id from session where revoked_at is null and expires_at > now()";
    db.query(SQL, params![], session_key).await
}

/// Ends all sessions of the user of this connection, in every tenant; answers with their keys in Redis.
pub(crate) async fn revoke_own_sessions(db: &Db, reason: &str) -> Result<Vec<String>> {
    db.query("select id from auth_revoke_own_sessions(null, $1)", params![reason], session_key).await
}

/// What ended with a membership.
pub(crate) struct EndedWith {
    /// Keys in Redis of sessions and API keys.
    pub(crate) marks: Vec<String>,
    pub(crate) api_keys: i64,
    pub(crate) invitations: i64,
}

/// Ends a membership. What the member has made ends with it (`membership_ended`): this says what that was.
pub(crate) async fn end_membership(db: &Db, user: Uuid) -> Result<EndedWith> {
    const END: &str = "delete from membership where user_id = $1";
    // The time of a transaction is one: of invitations, those that they have made and those that were made to them.
    const ENDED: &str = "with keys as (select secret_hash from api_key where created_by = $1 and revoked_at = now()) \
        select array(select 'session:' || id from session where user_id = $1 and revoked_at = now() \
                     union all select 'apikey:' || secret_hash from keys) as marks, \
            (select count(*) from keys) as api_keys, \
            (select count(*) from invitation where revoked_at = now()) as invitations";
    db.execute(END, params![user]).await?;
    db.one(ENDED, params![user], |row| {
        Ok(EndedWith {
            marks: row.texts("marks")?,
            api_keys: row.get("api_keys")?,
            invitations: row.get("invitations")?,
        })
    })
    .await
}

/// Takes back the open invitations that a member could not give any more with the roles that they have now; answers how many.
pub(crate) async fn revoke_invitations_beyond(db: &Db, user: Uuid) -> Result<u64> {
    const SQL: &str = "update invitation i set revoked_at = now() \
        where i.invited_by = $1 and i.accepted_at is null and i.revoked_at is null and not ( \
            exists (select from membership_role r join role_permission p on p.role = r.role \
                    where r.tenant_id = i.tenant_id and r.user_id = $1 and p.permission = 'users:write') \
            and ('owner' <> all (i.roles) or exists ( \
                    select from membership_role r where r.tenant_id = i.tenant_id and r.user_id = $1 and r.role = 'owner')))";
    db.execute(SQL, params![user]).await
}

/// Takes back the open invitations to a member that would give them more than the roles that they are to have now: these were
/// decided upon later. Answers how many.
pub(crate) async fn revoke_invitations_to(db: &Db, user: Uuid, roles: &[String]) -> Result<u64> {
    const SQL: &str = "update invitation i set revoked_at = now() from app_user u \
        where u.id = $1 and i.email = u.email and i.accepted_at is null and i.revoked_at is null \
          and not i.roles <@ $2::text[]";
    db.execute(SQL, params![user, roles.to_vec()]).await
}

/// Keys in Redis of the sessions and API keys of a member of the tenant of this connection.
pub(crate) async fn marks_of(db: &Db, user: Uuid) -> Result<Vec<String>> {
    const SQL: &str = "select array( \
            select 'session:' || id from session where user_id = $1 and revoked_at is null and expires_at > now() \
            union all \
            select 'apikey:' || secret_hash from api_key \
            where created_by = $1 and revoked_at is null and expires_at > now()) as marks";
    db.one(SQL, params![user], |row| row.texts("marks")).await
}

fn session_key(row: &Row) -> Result<String> {
    Ok(sessions::session_key(row.get("id")?))
}

pub(crate) async fn note_mfa(db: &Db, session: Uuid, now: DateTime<Utc>) -> Result<()> {
    const SQL: &str = "update session set mfa_at = $2::text::timestamptz where id = $1";
    db.execute(SQL, params![session, now]).await.map(drop)
}

/// Gives a user another address, which is verified; answers with the one before.
pub(crate) async fn change_email(db: &Db, user: Uuid, new: &str) -> Result<String> {
    const BEFORE: &str = "select email from app_user where id = $1 for no key update";
    const SQL: &str = "update app_user set email = $2, email_verified_at = now() where id = $1";
    let before = db.one(BEFORE, params![user], |row| row.get("email")).await?;
    let taken = || Error::conflict("email_taken", "there is an account with this e-mail address");
    db.execute(SQL, params![user, new]).await.map_err(on_constraint("app_user_email", taken))?;
    Ok(before)
}

/// The tenant in whose trail something about a user goes that is about no tenant.
pub(crate) async fn first_tenant(db: &Db) -> Result<Option<Uuid>> {
    db.optional("select id from auth_own_tenants() limit 1", params![], |row| row.get("id")).await
}

/// The second factor of a user.
pub(crate) struct Totp {
    pub(crate) sealed: Sealed,
    pub(crate) confirmed: bool,
    pub(crate) last_step: i64,
    pub(crate) failures: u32,
    /// Seconds since the last wrong code.
    pub(crate) failed_ago: i64,
}

fn read_totp(row: &Row) -> Result<Totp> {
    Ok(Totp {
        sealed: Sealed { key_id: row.get("secret_key_id")?, text: row.get("secret_sealed")? },
        confirmed: row.get("confirmed")?,
        last_step: row.get("last_step")?,
        failures: u32::try_from(row.get::<i32>("failures")?).unwrap_or(0),
        failed_ago: row.get("failed_ago")?,
    })
}

pub(crate) async fn totp(db: &Db, user: Uuid) -> Result<Option<Totp>> {
    const SQL: &str = "select secret_sealed, secret_key_id, confirmed_at is not null as confirmed, last_step, failures, \
            coalesce(extract(epoch from now() - last_failed_at)::bigint, 1000000) as failed_ago \
        from user_totp where user_id = $1";
    db.optional(SQL, params![user], read_totp).await
}

pub(crate) async fn totp_for_update(db: &Db, user: Uuid) -> Result<Option<Totp>> {
    const SQL: &str = "select secret_sealed, secret_key_id, confirmed_at is not null as confirmed, last_step, failures, \
            coalesce(extract(epoch from now() - last_failed_at)::bigint, 1000000) as failed_ago \
        from user_totp where user_id = $1 for update";
    db.optional(SQL, params![user], read_totp).await
}

/// Stores a new secret in place of one that was never confirmed; false when there is a confirmed one.
pub(crate) async fn put_totp(db: &Db, user: Uuid, sealed: &Sealed) -> Result<bool> {
    const SQL: &str = "insert into user_totp (user_id, secret_sealed, secret_key_id) values ($1, $2, $3) \
        on conflict (user_id) do update \
        set secret_sealed = excluded.secret_sealed, secret_key_id = excluded.secret_key_id, created_at = now() \
        where user_totp.confirmed_at is null";
    Ok(db.execute(SQL, params![user, &sealed.text, &sealed.key_id]).await? == 1)
}

/// Confirms the secret whose code was right.
pub(crate) async fn confirm_totp(db: &Db, user: Uuid, sealed_text: &str) -> Result<()> {
    const SQL: &str = "update user_totp set confirmed_at = now() \
        where user_id = $1 and secret_sealed = $2 and confirmed_at is null";
    if db.execute(SQL, params![user, sealed_text]).await? == 1 {
        return Ok(());
    }
    Err(Error::conflict("mfa_not_enrolled", "the secret has changed meanwhile: enrol again"))
}

pub(crate) async fn delete_totp(db: &Db, user: Uuid) -> Result<bool> {
    const CODES: &str = "delete from user_recovery_code where user_id = $1";
    const SQL: &str = "delete from user_totp where user_id = $1 and confirmed_at is not null";
    db.execute(CODES, params![user]).await?;
    Ok(db.execute(SQL, params![user]).await? == 1)
}

pub(crate) async fn count_totp_failure(db: &Db, user: Uuid) -> Result<()> {
    const SQL: &str = "update user_totp set failures = least(failures, 1000000) + 1, last_failed_at = now() where user_id = $1";
    db.execute(SQL, params![user]).await.map(drop)
}

pub(crate) async fn forget_totp_failures(db: &Db, user: Uuid) -> Result<()> {
    const SQL: &str = "update user_totp set failures = 0, last_failed_at = null where user_id = $1";
    db.execute(SQL, params![user]).await.map(drop)
}

/// Uses up a time step; false when it, or a later one, was used before.
pub(crate) async fn use_totp_step(db: &Db, user: Uuid, step: i64) -> Result<bool> {
    const SQL: &str = "update user_totp set last_step = $2 where user_id = $1 and last_step < $2";
    Ok(db.execute(SQL, params![user, step]).await? == 1)
}

/// Uses up a recovery code; false when there is none such.
pub(crate) async fn use_recovery_code(db: &Db, user: Uuid, hash: &str) -> Result<bool> {
    const SQL: &str = "update user_recovery_code set used_at = now() \
        where user_id = $1 and code_hash = $2 and used_at is null";
    Ok(db.execute(SQL, params![user, hash]).await? == 1)
}

/// How many recovery codes somebody has that are not used.
pub(crate) async fn recovery_codes_left(db: &Db, user: Uuid) -> Result<i64> {
    const SQL: &str =
        "select count(*) as codes from user_recovery_code where user_id = $1 and used_at is null";
    db.one(SQL, params![user], |row| row.get("codes")).await
}

pub(crate) async fn replace_recovery_codes(db: &Db, user: Uuid, hashes: Vec<String>) -> Result<()> {
    const CLEAR: &str = "delete from user_recovery_code where user_id = $1";
    const SQL: &str =
        "insert into user_recovery_code (user_id, code_hash) select $1, hash from unnest($2::text[]) as hash";
    db.execute(CLEAR, params![user]).await?;
    db.execute(SQL, params![user, hashes]).await.map(drop)
}

/// Whose challenge it is.
pub(crate) struct Challenge {
    pub(crate) id: Uuid,
    pub(crate) user_id: Uuid,
    pub(crate) tenant_id: Uuid,
    pub(crate) password_version: i64,
}

pub(crate) async fn find_challenge(db: &Db, hash: &str) -> Result<Option<Challenge>> {
    const SQL: &str = "select id, user_id, tenant_id, password_version from auth_find_challenge($1)";
    db.optional(SQL, params![hash], |row| {
        Ok(Challenge {
            id: row.get("id")?,
            user_id: row.get("user_id")?,
            tenant_id: row.get("tenant_id")?,
            password_version: row.get("password_version")?,
        })
    })
    .await
}

/// Counts a try; false when there were `most` already.
pub(crate) async fn count_attempt(db: &Db, id: Uuid, most: i32) -> Result<bool> {
    const SQL: &str = "update login_challenge set attempts = attempts + 1 where id = $1 and attempts < $2";
    Ok(db.execute(SQL, params![id, most]).await? == 1)
}

pub(crate) async fn use_challenge(db: &Db, id: Uuid) -> Result<bool> {
    const SQL: &str = "update login_challenge set used_at = now() where id = $1 and used_at is null";
    Ok(db.execute(SQL, params![id]).await? == 1)
}

/// Notes an address from which a sign-in was completed.
pub(crate) async fn remember_address(db: &Db, user: Uuid, address: Option<&str>) -> Result<()> {
    const SQL: &str = "insert into user_address (user_id, address_hash) values ($1, $2) \
        on conflict (user_id, address_hash) do update set last_seen_at = now()";
    let address = address.and_then(|text| text.parse().ok());
    let address = address.map_or_else(|| "unknown".to_owned(), client_address::network);
    db.execute(SQL, params![user, tokens::hash(&address)]).await.map(drop)
}

pub(crate) async fn own_tenants(db: &Db) -> Result<Vec<OwnTenant>> {
    db.query("select id, name, kind, roles from auth_own_tenants()", params![], |row| {
        Ok(OwnTenant {
            id: row.get("id")?,
            name: row.get("name")?,
            kind: row.get("kind")?,
            roles: row.texts("roles")?,
        })
    })
    .await
}

pub(crate) async fn insert_tenant(db: &Db, id: Uuid, name: &str, kind: &str) -> Result<()> {
    const SQL: &str = "insert into tenant (id, name, kind) values ($1, $2, $3)";
    db.execute(SQL, params![id, name, kind]).await.map(drop)
}

/// The tenant, locked until the transaction ends.
pub(crate) async fn tenant_for_update(db: &Db, id: Uuid) -> Result<Tenant> {
    const SQL: &str = "select id, name, kind, mfa_required from tenant where id = $1 for no key update";
    db.one(SQL, params![id], |row| {
        Ok(Tenant {
            id: row.get("id")?,
            name: row.get("name")?,
            kind: row.get("kind")?,
            mfa_required: row.get("mfa_required")?,
        })
    })
    .await
}

pub(crate) async fn change_tenant(db: &Db, tenant: &Tenant) -> Result<()> {
    const SQL: &str = "update tenant set name = $2, mfa_required = $3 where id = $1";
    db.execute(SQL, params![tenant.id, &tenant.name, tenant.mfa_required]).await.map(drop)
}

/// What came of taking somebody's second factor away.
pub(crate) struct FactorReset {
    /// `unknown`, `elsewhere`, `operator`, `none` or `done`.
    pub(crate) outcome: String,
    /// The tenant in whose trail it goes; none unless it is done.
    pub(crate) tenant: Option<Uuid>,
    /// Keys in Redis of the sessions that ended.
    pub(crate) ended: Vec<String>,
}

/// Takes somebody's second factor away and ends their sessions. `anywhere`: also of who belongs to another tenant.
pub(crate) async fn reset_factor(db: &Db, user: Uuid, anywhere: bool) -> Result<FactorReset> {
    const SQL: &str = "select outcome, tenant_id, marks from auth_reset_factor($1, $2)";
    db.one(SQL, params![user, anywhere], |row| {
        Ok(FactorReset {
            outcome: row.get("outcome")?,
            tenant: row.get("tenant_id")?,
            ended: row.texts("marks")?,
        })
    })
    .await
}

/// The roles of a member of the tenant of this connection, sorted; `None` for who is none.
pub(crate) async fn roles_of(db: &Db, user: Uuid) -> Result<Option<Vec<String>>> {
    const SQL: &str = "select array(select r.role from membership_role r \
            where r.tenant_id = m.tenant_id and r.user_id = m.user_id order by 1) as roles \
        from membership m where m.user_id = $1";
    db.optional(SQL, params![user], |row| row.texts("roles")).await
}

/// Owners of the tenant of this connection besides a user.
pub(crate) async fn other_owners(db: &Db, user: Uuid) -> Result<u64> {
    const SQL: &str = "select count(*) as owners from membership_role where role = 'owner' and user_id <> $1";
    let owners = db.one(SQL, params![user], |row| row.get::<i64>("owners")).await?;
    Ok(u64::try_from(owners).unwrap_or(0))
}

/// The roles that may be given in a tenant of a kind.
pub(crate) async fn assignable_roles(db: &Db, tenant_kind: &str) -> Result<Vec<String>> {
    const SQL: &str =
        "select name from role where assignable and (tenant_kind is null or tenant_kind = $1) order by name";
    db.query(SQL, params![tenant_kind], |row| row.get("name")).await
}

pub(crate) async fn replace_roles(db: &Db, tenant: Uuid, user: Uuid, roles: &[String]) -> Result<()> {
    const CLEAR: &str = "delete from membership_role where user_id = $1";
    const SQL: &str = "insert into membership_role (tenant_id, user_id, role) select $1, $2, role from unnest($3::text[]) as role";
    db.execute(CLEAR, params![user]).await?;
    db.execute(SQL, params![tenant, user, roles.to_vec()]).await.map(drop)
}

pub(crate) async fn insert_membership(db: &Db, tenant: Uuid, user: Uuid, roles: &[String]) -> Result<()> {
    const MEMBER: &str = "insert into membership (tenant_id, user_id) values ($1, $2) on conflict do nothing";
    const ROLES: &str = "insert into membership_role (tenant_id, user_id, role) \
        select $1, $2, role from unnest($3::text[]) as role on conflict do nothing";
    db.execute(MEMBER, params![tenant, user]).await?;
    db.execute(ROLES, params![tenant, user, roles.to_vec()]).await.map(drop)
}

fn read_member(row: &Row) -> Result<Member> {
    Ok(Member {
        id: row.get("id")?,
        email: row.get("email")?,
        roles: row.texts("roles")?,
        joined_at: row.parse("joined_at")?,
    })
}

/// The members of the tenant of this connection.
macro_rules! members {
    () => {
        "select u.id, u.email, rfc3339(m.created_at) as joined_at, \
            array(select r.role from membership_role r \
                  where r.tenant_id = m.tenant_id and r.user_id = m.user_id order by 1) as roles \
        from membership m join app_user u on u.id = m.user_id where m.tenant_id = app_tenant_id()"
    };
}

pub(crate) async fn members(db: &Db, page: &Asked) -> Result<Vec<Member>> {
    let sql = ordered!(page.order, members!(), by "u.id" after "$1::uuid", "limit $2");
    db.query(sql, page_parameters(page), read_member).await
}

pub(crate) async fn member(db: &Db, user: Uuid) -> Result<Option<Member>> {
    const SQL: &str = concat!(members!(), " and u.id = $1");
    db.optional(SQL, params![user], read_member).await
}

/// An open invitation.
pub(crate) struct Found {
    pub(crate) id: Uuid,
    pub(crate) tenant_id: Uuid,
    pub(crate) email: String,
}

pub(crate) async fn find_invitation(db: &Db, token_hash: &str) -> Result<Option<Found>> {
    const SQL: &str = "select tenant_id, id, email from auth_find_invitation($1)";
    db.optional(SQL, params![token_hash], |row| {
        Ok(Found { id: row.get("id")?, tenant_id: row.get("tenant_id")?, email: row.get("email")? })
    })
    .await
}

/// Invitations of the tenant of this connection.
macro_rules! invitations {
    () => {
        "select id, email, roles, invited_by, rfc3339(created_at) as created_at, rfc3339(expires_at) as expires_at, \
            rfc3339(accepted_at) as accepted_at, rfc3339(revoked_at) as revoked_at from invitation where "
    };
}

fn read_invitation(row: &Row) -> Result<Invitation> {
    Ok(Invitation {
        id: row.get("id")?,
        email: row.get("email")?,
        roles: row.texts("roles")?,
        invited_by: row.get("invited_by")?,
        created_at: row.parse("created_at")?,
        expires_at: row.parse("expires_at")?,
        accepted_at: row.parse_optional("accepted_at")?,
        revoked_at: row.parse_optional("revoked_at")?,
    })
}

/// Those that are open.
pub(crate) async fn invitations(db: &Db, page: &Asked) -> Result<Vec<Invitation>> {
    let sql = ordered!(
        page.order,
        concat!(invitations!(), "accepted_at is null and revoked_at is null and expires_at > now()"),
        by "id" after "$1::uuid", "limit $2"
    );
    db.query(sql, page_parameters(page), read_invitation).await
}

/// Any of them, open or over.
pub(crate) async fn invitation(db: &Db, id: Uuid) -> Result<Option<Invitation>> {
    const SQL: &str = concat!(invitations!(), "id = $1");
    db.optional(SQL, params![id], read_invitation).await
}

/// How many seconds ago the tenant of this connection has invited an address within the last day, the newest first.
pub(crate) async fn ages_of_invitations(db: &Db, email: &str) -> Result<Vec<i64>> {
    const SQL: &str = "select extract(epoch from now() - created_at)::bigint as age from invitation \
        where email = $1 and created_at > now() - interval '1 day' order by created_at desc";
    db.query(SQL, params![email], |row| row.get("age")).await
}

/// One that has run out makes room for a new one to the same address.
pub(crate) async fn revoke_expired_invitation(db: &Db, email: &str) -> Result<()> {
    const SQL: &str = "update invitation set revoked_at = now() \
        where email = $1 and accepted_at is null and revoked_at is null and expires_at <= now()";
    db.execute(SQL, params![email]).await.map(drop)
}

pub(crate) async fn insert_invitation(
    db: &Db,
    tenant: Uuid,
    invitation: &Invitation,
    token_hash: &str,
) -> Result<()> {
    const SQL: &str = "insert into invitation (tenant_id, id, email, roles, invited_by, token_hash, created_at, expires_at) \
        values ($1, $2, $3, $4, $5, $6, $7::text::timestamptz, $8::text::timestamptz)";
    let parameters = params![
        tenant,
        invitation.id,
        &invitation.email,
        invitation.roles.clone(),
        invitation.invited_by,
        token_hash,
        invitation.created_at,
        invitation.expires_at
    ];
    let open =
        || Error::conflict("invitation_open", "there is an open invitation to this address: revoke it first");
    db.execute(SQL, parameters).await.map(drop).map_err(on_constraint("invitation_open_once", open))
}

pub(crate) async fn revoke_invitation(db: &Db, id: Uuid) -> Result<bool> {
    const SQL: &str = "update invitation set revoked_at = now() \
        where id = $1 and accepted_at is null and revoked_at is null";
    Ok(db.execute(SQL, params![id]).await? == 1)
}

fn read_api_key(row: &Row) -> Result<ApiKey> {
    Ok(ApiKey {
        id: row.get("id")?,
        name: row.get("name")?,
        prefix: row.get("prefix")?,
        scopes: row.texts("scopes")?,
        requests_per_minute: row
            .get::<Option<i32>>("rate_per_minute")?
            .and_then(|rate| u32::try_from(rate).ok()),
        created_by: row.get("created_by")?,
        created_at: row.parse("created_at")?,
        expires_at: row.parse("expires_at")?,
        last_used_at: row.parse_optional("last_used_at")?,
        revoked_at: row.parse_optional("revoked_at")?,
        replaced_by: row.get("replaced_by")?,
    })
}

/// What is shown of a key.
macro_rules! api_key_columns {
    () => {
        "select id, name, prefix, scopes, rate_per_minute, created_by, rfc3339(created_at) as created_at, \
            rfc3339(expires_at) as expires_at, rfc3339(last_used_at) as last_used_at, rfc3339(revoked_at) as revoked_at, \
            replaced_by"
    };
}

pub(crate) async fn api_keys(db: &Db, page: &Asked) -> Result<Vec<ApiKey>> {
    let sql = ordered!(
        page.order,
        concat!(api_key_columns!(), " from api_key where true"),
        by "id" after "$1::uuid", "limit $2"
    );
    db.query(sql, page_parameters(page), read_api_key).await
}

pub(crate) async fn api_key(db: &Db, id: Uuid) -> Result<Option<ApiKey>> {
    const SQL: &str = concat!(api_key_columns!(), " from api_key where id = $1");
    db.optional(SQL, params![id], read_api_key).await
}

/// A key and its hash, locked until the transaction ends.
pub(crate) async fn api_key_for_update(db: &Db, id: Uuid) -> Result<Option<(ApiKey, String)>> {
    const SQL: &str = concat!(api_key_columns!(), ", secret_hash from api_key where id = $1 for update");
    db.optional(SQL, params![id], |row| Ok((read_api_key(row)?, row.get("secret_hash")?))).await
}

pub(crate) async fn insert_api_key(db: &Db, tenant: Uuid, key: &ApiKey, hash: &str) -> Result<()> {
    const SQL: &str = "insert into api_key (tenant_id, id, name, prefix, secret_hash, scopes, rate_per_minute, created_by, \
            created_at, expires_at) \
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9::text::timestamptz, $10::text::timestamptz)";
    let parameters = params![
        tenant,
        key.id,
        &key.name,
        &key.prefix,
        hash,
        key.scopes.clone(),
        key.requests_per_minute.and_then(|rate| i32::try_from(rate).ok()),
        key.created_by,
        key.created_at,
        key.expires_at
    ];
    db.execute(SQL, parameters).await.map(drop)
}

pub(crate) async fn replace_api_key(db: &Db, id: Uuid, by: Uuid, ends: DateTime<Utc>) -> Result<()> {
    const SQL: &str = "update api_key set replaced_by = $2, expires_at = $3::text::timestamptz where id = $1";
    db.execute(SQL, params![id, by, ends]).await.map(drop)
}

/// Has somebody else stand for a key.
pub(crate) async fn take_over_api_key(db: &Db, id: Uuid, by: Uuid) -> Result<()> {
    db.execute("update api_key set created_by = $2 where id = $1", params![id, by]).await.map(drop)
}

/// Revokes a key; answers its hash, or nothing when there is none that works.
pub(crate) async fn revoke_api_key(db: &Db, id: Uuid) -> Result<Option<String>> {
    const SQL: &str =
        "update api_key set revoked_at = now() where id = $1 and revoked_at is null returning secret_hash";
    db.optional(SQL, params![id], |row| row.get("secret_hash")).await
}
