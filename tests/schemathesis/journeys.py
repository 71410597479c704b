"""Requests that only somebody who has come a certain way can make: with the token of a mail, a code, an invitation.

`JOURNEYS[operation id]` goes the way as people of its own and returns what to send: `body` (JSON, or of the `media_type` given),
`path`, `headers`, and the `token` to send it with (`None` for the session that everything else uses).
"""

import base64
import hashlib
import hmac
import os
import random
import struct
import time
import uuid

import requests

BASE = os.environ["FUNDRAIL_BASE"]


def call(method, path, token=None, body=None, headers=None):
    """A request that has to succeed; its JSON."""
    # An address of its own: failed sign-ins that are generated elsewhere slow down only those who share theirs.
    address = ".".join(str(random.randrange(1, 255)) for _ in range(3))
    headers = {"forwarded": f"for=10.{address}", **(headers or {})}
    if token:
        headers["authorization"] = f"Bearer {token}"
    response = requests.request(method, BASE + path, json=body, headers=headers, timeout=20)
    if not response.ok:
        raise RuntimeError(f"{method} {path}: {response.status_code} {response.text}")
    answer = response.json() if response.content else None
    note({**(body or {}), **(answer if isinstance(answer, dict) else {})})
    return answer


def note(fields):
    """Notes what nobody else may see, so that the logs are searched for it at the end."""
    telling = ("password", "token", "secret", "key")
    secrets = [v for k, v in fields.items() if isinstance(v, str) and k.endswith(telling)]
    with open(os.environ["FUNDRAIL_SECRETS"], "a", encoding="utf-8") as file:
        file.writelines(f"{secret}\n" for secret in secrets)


class Person:
    """The owner of a new tenant, or somebody who is invited into one."""

    def __init__(self):
        self.email = f"person-{uuid.uuid4().hex}@example.com"
        self.password = f"pw {uuid.uuid4().hex}"

    def registered(self, kind="institution"):
        body = {"tenant_name": "Journeys", "kind": kind, "email": self.email, "password": self.password}
        made = call("POST", "/v1/auth/register", body=body)
        self.id, self.tenant = made["user"]["id"], made["tenant"]["id"]
        self.signed_in()
        # What weighs something wants an address that is somebody's own.
        call("POST", "/v1/auth/email/verify", body={"token": self.mail_to(self.email, "verif")})
        return self

    def signed_in(self):
        self.tokens = call("POST", "/v1/auth/login", body={"email": self.email, "password": self.password})
        self.token = self.tokens.get("access_token")
        return self

    def mail_to(self, recipient, kinds):
        """The token in the newest mail of such a kind from this person's tenant."""
        mails = call("GET", "/v1/ops/notifications?limit=100", self.token)["data"]
        return next(m["token"] for m in mails if m["recipient"] == recipient and m["token"] and kinds in m["kind"])

    def invites(self, other):
        body = {"email": other.email, "roles": ["viewer"]}
        return call("POST", "/v1/auth/invitations", self.token, body)["id"]

    def enrolled(self):
        """With a second factor that is confirmed, and fresh."""
        enrolment = call("POST", "/v1/auth/mfa/totp", self.token)
        self.secret = enrolment["secret"]
        call("POST", "/v1/auth/mfa/totp/confirm", self.token, {"code": totp(self.secret, -1)})
        return self


def totp(secret, steps=0):
    """The code of RFC 6238, so many time steps from now: none is taken twice, and neighbours are tolerated."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30 + steps), hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset:offset + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def login():
    person = Person().registered()
    return {"body": {"email": person.email, "password": person.password}}


def refresh():
    return {"body": {"refresh_token": Person().registered().tokens["refresh_token"]}}


def as_somebody():
    return {"token": Person().registered().token}


def revoke_session():
    person = Person().registered()
    sessions = call("GET", "/v1/auth/sessions", person.token)["data"]
    return {"path": {"id": sessions[0]["id"]}, "token": person.token}


def verify_email():
    person = Person().registered()
    call("POST", "/v1/auth/email/verification", person.token)
    return {"body": {"token": person.mail_to(person.email, "verif")}}


def reset_password():
    person = Person().registered()
    call("POST", "/v1/auth/password/forgot", body={"email": person.email})
    deadline = time.time() + 10
    while True:
        try:
            token = person.mail_to(person.email, "reset")
            return {"body": {"token": token, "password": f"pw {uuid.uuid4().hex}"}}
        except StopIteration:
            # The mail is written by a job.
            if time.time() > deadline:
                raise
            time.sleep(0.2)


def change_password():
    person = Person().registered()
    body = {"current_password": person.password, "new_password": f"pw {uuid.uuid4().hex}"}
    return {"body": body, "token": person.token}


def accept_invitation():
    owner, guest = Person().registered(), Person().registered()
    owner.invites(guest)
    return {"body": {"token": owner.mail_to(guest.email, "invitation")}, "token": guest.token}


def accept_invitation_by_password():
    owner, guest = Person().registered(), Person()
    owner.invites(guest)
    return {"body": {"token": owner.mail_to(guest.email, "invitation"), "password": guest.password}}


def revoke_invitation():
    owner = Person().registered()
    return {"path": {"id": owner.invites(Person())}, "token": owner.token}


def with_member():
    owner, guest = Person().registered(), Person().registered()
    owner.invites(guest)
    call("POST", "/v1/auth/invitations/accept", guest.token, {"token": owner.mail_to(guest.email, "invitation")})
    return owner, guest


def set_roles():
    owner, guest = with_member()
    return {"path": {"id": guest.id}, "body": {"roles": ["trader", "viewer"]}, "token": owner.token}


def remove_user():
    owner, guest = with_member()
    return {"path": {"id": guest.id}, "token": owner.token}


def reset_factor():
    owner, guest = Person().registered(), Person()
    owner.invites(guest)
    body = {"token": owner.mail_to(guest.email, "invitation"), "password": guest.password}
    guest.token = call("POST", "/v1/auth/password/accept-invitation", body=body)["access_token"]
    guest.enrolled()
    return {"path": {"id": call("GET", "/v1/auth/me", guest.token)["user"]["id"]}, "token": owner.token}


def switch_tenant():
    person = Person().registered()
    return {"body": {"tenant_id": person.tenant}, "token": person.token}


def of_a_list(path):
    """The first of a list, by its id."""
    person = Person().registered()
    return {"path": {"id": call("GET", path, person.token)["data"][0]["id"]}, "token": person.token}


def change_email():
    person = Person().registered()
    body = {"email": Person().email, "current_password": person.password}
    return {"body": body, "token": person.token}


def confirm_email_change():
    person, new = Person().registered(), Person().email
    call("POST", "/v1/auth/email/change", person.token, {"email": new, "current_password": person.password})
    return {"body": {"token": person.mail_to(new, "email_change")}}


def delete_account():
    owner, guest = Person().registered(), Person()
    owner.invites(guest)
    body = {"token": owner.mail_to(guest.email, "invitation"), "password": guest.password}
    tokens = call("POST", "/v1/auth/password/accept-invitation", body=body)
    return {"body": {"current_password": guest.password}, "token": tokens["access_token"]}


def create_tenant():
    person = Person().registered()
    return {"body": {"name": "Second Desk", "kind": "institution"}, "token": person.token}


def change_tenant():
    person = Person().registered()
    read = requests.get(f"{BASE}/v1/auth/tenant", headers={"authorization": f"Bearer {person.token}"}, timeout=20)
    return {"body": {"name": "Another name"}, "headers": {"if-match": read.headers["etag"]}, "token": person.token}


def confirm_totp():
    person = Person().registered()
    secret = call("POST", "/v1/auth/mfa/totp", person.token)["secret"]
    return {"body": {"code": totp(secret)}, "token": person.token}


def verify_mfa():
    person = Person().registered().enrolled()
    return {"body": {"code": totp(person.secret)}, "token": person.token}


def answer_challenge():
    person = Person().registered().enrolled()
    challenge = person.signed_in().tokens["challenge_token"]
    return {"body": {"challenge_token": challenge, "code": totp(person.secret)}}


def as_enrolled():
    person = Person().registered().enrolled()
    call("POST", "/v1/auth/mfa/verify", person.token, {"code": totp(person.secret)})
    return {"token": person.token}


def api_key():
    person = Person().registered()
    body = {"name": "robot", "scopes": ["funds:read"]}
    made = call("POST", "/v1/auth/api-keys", person.token, body)
    return {"path": {"id": made["id"]}, "token": person.token}


def an_investor():
    """An investor with one statement of each kind, and what to send with to speak of it."""
    person = Person().registered()
    body = {
        "kind": "natural",
        "name": "Ada",
        "residence": "LU",
        "kyc": {"status": "pending"},
        "screening": {"outcome": "clear", "screened_at": "2026-11-01T09:00:00Z", "source": "a list"},
        "wallets": [{"chain_id": 1, "address": "0x" + uuid.uuid4().hex + "0badcafe"}],
        "classifications": [{"kind": "mifid_retail", "evidence": "firm_assessment", "issued_on": "2026-10-01"}],
    }
    return call("POST", "/v1/investors", person.token, body), person.token


def of_investor(field=None, parameter=None, body=None):
    """What to send to a path below an investor, of its first statement in a field."""

    def journey():
        investor, token = an_investor()
        path = {"id": investor["id"]}
        if field:
            stated = investor[field]
            path[parameter] = (stated[0] if isinstance(stated, list) else stated)["id"]
        return {"path": path, "body": body, "token": token} if body else {"path": path, "token": token}

    return journey


def update_investor():
    return {**of_investor(body={"name": "Another name"})(), "headers": {"if-match": "*"}}


REASON = {"reason": "a mistake"}
DECLARATION = {"politically_exposed": False, "source_of_funds": "Earnings"}
PASSPORT = {
    "kind": "passport",
    "issuer": "HM Passport Office",
    "sha256": "a" * 64,
    "issued_on": "2024-03-01",
    "expires_on": "2034-02-28",
}


def second_person(owner):
    """The token of somebody who may approve what this owner records from now on."""
    second = Person()
    body = {"email": second.email, "roles": ["compliance"]}
    call("POST", "/v1/auth/invitations", owner.token, body)
    body = {"token": owner.mail_to(second.email, "invitation"), "password": second.password}
    return call("POST", "/v1/auth/password/accept-invitation", body=body)["access_token"]


class File:
    """A KYC file that can be approved, gone as far as `steps`."""

    def __init__(self, *steps):
        owner = Person().registered()
        self.token, self.second = owner.token, second_person(owner)
        body = {"kind": "natural", "name": "Ada", "residence": "LU", "nationalities": ["GB"], "birth_date": "1985-12-10"}
        self.id = call("POST", "/v1/investors", self.token, body)["id"]
        self.path = {"id": self.id}
        for step in steps:
            getattr(self, step)()

    def call(self, what, token, body=None):
        return call("POST", f"/v1/investors/{self.id}/kyc/{what}", token, body)

    def documents(self):
        file = self.call("documents", self.token, PASSPORT)
        self.path["document_id"] = file["documents"][0]["id"]

    def submission(self):
        self.submitted = self.call("submission", self.token, DECLARATION)["submission"]["id"]

    def review(self):
        self.call("review", self.second)

    def rejection(self):
        self.call("rejection", self.second, REASON)

    def requests(self):
        file = self.call("requests", self.second, {"question": "Why?"})
        self.path["request_id"] = file["requests"][0]["id"]

    def send(self, by_second=False, body=None):
        given = {"path": self.path, "token": self.second if by_second else self.token}
        return {**given, "body": body} if body else given


REVIEWED = ("documents", "submission", "review")


def approve_kyc_file():
    file = File(*REVIEWED)
    return file.send(True, {"submission_id": file.submitted})


def approve_classification():
    file = File()
    recorded = call("POST", f"/v1/investors/{file.id}/classifications", file.token, CLASSIFICATION)
    file.path["classification_id"] = recorded["classifications"][0]["id"]
    return file.send(True)


def a_party():
    person = Person().registered()
    party = call("POST", "/v1/ownership/parties", person.token, {"kind": "legal", "name": "Holding"})
    return party["id"], person.token


def of_party(body=None):
    party, token = a_party()
    given = {"path": {"id": party}, "token": token}
    return {**given, "body": body} if body else given


def new_stake():
    party, token = a_party()
    owner = call("POST", "/v1/ownership/parties", token, {"kind": "natural", "name": "Ada"})["id"]
    body = {"owner_party_id": owner, "owned_party_id": party, "percent": "60", "since": "2020-01-01"}
    return {"body": body, "token": token}


def of_stake(body=None):
    new = new_stake()
    stake = call("POST", "/v1/ownership/stakes", new["token"], new["body"])["id"]
    given = {"path": {"id": stake}, "token": new["token"]}
    return {**given, "body": body} if body else given


CLASSIFICATION = {"kind": "mifid_retail", "evidence": "firm_assessment", "issued_on": "2026-10-02"}
WALLET = {"chain_id": 1, "address": "0x" + "0badcafe" * 5}


def check():
    person = Person().registered()
    investor = call("POST", "/v1/investors", person.token, {"kind": "natural", "name": "Ada", "residence": "LU"})
    share_class = call("GET", "/v1/funds?limit=1", person.token)["data"][0]["share_classes"][0]
    body = {
        "investor_id": investor["id"],
        "share_class_id": share_class["id"],
        "side": "subscribe",
        "amount": {"value": "250000", "currency": share_class["currency"]},
    }
    return {"body": body, "token": person.token}


def decision():
    asked = check()
    made = call("POST", "/v1/compliance/checks", asked["token"], asked["body"])
    return {"path": {"id": made["id"]}, "token": asked["token"]}


def seeded(who):
    """The session of a seeded owner."""
    body = {"email": os.environ[f"FUNDRAIL_{who}_EMAIL"], "password": os.environ[f"FUNDRAIL_{who}_PASSWORD"]}
    return call("POST", "/v1/auth/login", body=body)["access_token"]


def escrow():
    token = seeded("DEMO")
    return {"path": {"id": call("GET", "/v1/escrows?limit=1", token)["data"][0]["id"]}, "token": token}


class Desk:
    """An issuer with a draft of a fund and of a share class of it."""

    def __init__(self):
        self.token = Person().registered("issuer").token
        issuer = self.made("/v1/issuers", {"name": f"Issuer {uuid.uuid4()}", "country": "LU"})
        fund = {
            "issuer_id": issuer,
            "name": f"Fund {uuid.uuid4()}",
            "strategy": "treasury",
            "domicile": "LU",
            "legal_form": "SICAV-RAIF",
            "base_currency": "EUR",
            "launched_on": "2024-01-02",
        }
        self.fund = self.made("/v1/funds", fund)
        self.share_class = self.made(f"/v1/funds/{self.fund}/share-classes", new_class())
        self.class_path = f"/v1/funds/{self.fund}/share-classes/{self.share_class}"

    def made(self, path, body):
        return call("POST", path, self.token, body)["id"]

    def call(self, method, path, body=None):
        call(method, path, self.token, body, {"if-match": "*"})
        return self

    def opened(self):
        return self.call("POST", f"{self.class_path}/status", OPEN)

    def send(self, **given):
        path = {"id": self.fund, "class_id": self.share_class, "chain_id": 1}
        return {"path": path, "token": self.token, "headers": {"if-match": "*"}, **given}


OPEN = {"status": "open", "reason": "prospectus approved"}


def new_class():
    return {
        "name": f"I EUR {uuid.uuid4()}",
        "currency": "EUR",
        "min_first_subscription": "100000",
        "min_further_subscription": "1000",
        "fees": {"management_bps": 15},
        "distribution_policy": "accumulating",
        "rule_sets": ["sanctions"],
        "launched_on": "2024-01-02",
    }


def new_token():
    return {"chain_id": 1, "address": "0x" + uuid.uuid4().hex + "0badcafe", "decimals": 18}


def deleted_class():
    desk = Desk()
    return desk.call("DELETE", desk.class_path)


def deleted_fund():
    desk = deleted_class()
    return desk.call("DELETE", f"/v1/funds/{desk.fund}")


def remove_token():
    desk = Desk()
    return desk.call("POST", f"{desk.class_path}/tokens", new_token()).send()


def import_navs():
    values = "nav_date,nav_per_share\n2024-01-02,100\n2024-01-03,100.02\n"
    return Desk().send(body=values, media_type="text/csv")


def of_nav():
    """A share class of the seeded issuer, and who may publish its values."""
    token = seeded("DEMO_ISSUER")
    name = call("GET", "/v1/auth/tenant", token)["name"]
    issuers = call("GET", "/v1/issuers?limit=100", token)["data"]
    issuer = next(issuer["id"] for issuer in issuers if issuer["name"] == name)
    fund = call("GET", f"/v1/funds?limit=1&issuer_id={issuer}", token)["data"][0]
    return {"path": {"id": fund["id"], "class_id": fund["share_classes"][0]["id"]}, "token": token}


def publish_nav():
    return Desk().send(body={"nav_date": time.strftime("%Y-%m-%d", time.gmtime()), "nav_per_share": "101.25"})


FAR = "987654.25"


def proposed_nav():
    """A value that moves too far and waits, of some day that has none."""
    given = of_nav()
    navs = "/v1/funds/{id}/share-classes/{class_id}/navs".format(**given["path"])
    for days in range(30):
        day = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 86400 * days))
        try:
            waits = call("POST", navs, given["token"], {"nav_date": day, "nav_per_share": FAR})
        except RuntimeError:
            continue
        return {**given, "path": {**given["path"], "proposal_id": waits["id"]}}
    raise RuntimeError("every day has a value")


def reject_nav_proposal():
    return {**proposed_nav(), "body": {"reason": "a decimal place too many"}}


def approve_nav_proposal():
    given, second = proposed_nav(), Person()
    call("POST", "/v1/auth/invitations", given["token"], {"email": second.email, "roles": ["issuer"]})
    mails = call("GET", f"/v1/ops/notifications?recipient={second.email}", given["token"])["data"]
    token = next(mail["token"] for mail in mails if mail["kind"] == "invitation")
    tokens = call("POST", "/v1/auth/password/accept-invitation", body={"token": token, "password": second.password})
    return {**given, "body": {"nav_per_share": FAR}, "token": tokens["access_token"]}


JOURNEYS = {
    "read_investor": of_investor(),
    "update_investor": update_investor,
    "add_classification": of_investor(body=CLASSIFICATION),
    "add_wallet": of_investor(body=WALLET),
    "add_verification": of_investor(body={"status": "verified", "verified_on": "2026-10-01"}),
    "add_screening": of_investor(body={"outcome": "clear", "screened_at": "2026-11-01T09:00:00Z", "source": "a list"}),
    "revoke_classification": of_investor("classifications", "classification_id", REASON),
    "revoke_verification": of_investor("kyc", "verification_id", REASON),
    "revoke_screening": of_investor("screening", "screening_id", REASON),
    "remove_wallet": of_investor("wallets", "wallet_id", REASON),
    "challenge_wallet": of_investor("wallets", "wallet_id"),
    "list_revocations": of_investor(),
    "read_kyc_file": lambda: File().send(),
    "list_kyc_history": lambda: File(*REVIEWED).send(),
    "add_kyc_document": lambda: File().send(body=PASSPORT),
    "withdraw_kyc_document": lambda: File("documents").send(body=REASON),
    "submit_kyc_file": lambda: File("documents").send(body=DECLARATION),
    "review_kyc_file": lambda: File("documents", "submission").send(True),
    "return_kyc_file": lambda: File(*REVIEWED).send(True, REASON),
    "approve_kyc_file": approve_kyc_file,
    "reject_kyc_file": lambda: File(*REVIEWED).send(True, REASON),
    "reopen_kyc_file": lambda: File(*REVIEWED, "rejection").send(body=REASON),
    "request_kyc_information": lambda: File(*REVIEWED).send(True, {"question": "Why?"}),
    "answer_kyc_request": lambda: File(*REVIEWED, "requests").send(body={"answer": "Because"}),
    "withdraw_kyc_request": lambda: File(*REVIEWED, "requests").send(True),
    "approve_classification": approve_classification,
    "read_ownership": lambda: File().send(),
    "read_ownership_party": of_party,
    "screen_ownership_party": lambda: of_party(
        {"outcome": "clear", "screened_at": "2026-11-01T09:00:00Z", "source": "a list"}
    ),
    "create_ownership_stake": new_stake,
    "read_ownership_stake": of_stake,
    "end_ownership_stake": lambda: of_stake(REASON),
    "create_check": check,
    "read_check": decision,
    "replay_check": decision,
    "read_fund": lambda: Desk().send(),
    "update_fund": lambda: Desk().send(body={"name": f"Fund {uuid.uuid4()}"}),
    "create_share_class": lambda: Desk().send(body=new_class()),
    "read_share_class": lambda: Desk().send(),
    "update_share_class": lambda: Desk().send(body={"name": f"I EUR {uuid.uuid4()}"}),
    "read_nav_series": of_nav,
    "change_fund_status": lambda: Desk().opened().send(body=OPEN),
    "delete_fund": lambda: deleted_class().send(),
    "restore_fund": lambda: deleted_fund().send(),
    "change_share_class_status": lambda: Desk().send(body=OPEN),
    "delete_share_class": lambda: Desk().send(),
    "restore_share_class": lambda: deleted_class().send(),
    "add_share_class_token": lambda: Desk().send(body=new_token()),
    "remove_share_class_token": remove_token,
    "import_navs": import_navs,
    "publish_nav": publish_nav,
    "list_navs": of_nav,
    "list_nav_proposals": of_nav,
    "read_nav_proposal": proposed_nav,
    "reject_nav_proposal": reject_nav_proposal,
    "approve_nav_proposal": approve_nav_proposal,
    "read_escrow": escrow,
    "list_escrow_ledger": escrow,
    "list_escrow_events": escrow,
    "login": login,
    "refresh": refresh,
    "logout": as_somebody,
    "revoke_all_sessions": as_somebody,
    "revoke_session": revoke_session,
    "send_email_verification": as_somebody,
    "verify_email": verify_email,
    "reset_password": reset_password,
    "change_password": change_password,
    "accept_invitation": accept_invitation,
    "accept_invitation_by_password": accept_invitation_by_password,
    "revoke_invitation": revoke_invitation,
    "set_roles": set_roles,
    "remove_user": remove_user,
    "switch_tenant": switch_tenant,
    "change_tenant": change_tenant,
    "reset_factor": reset_factor,
    "create_tenant": create_tenant,
    "read_own_tenant": lambda: of_a_list("/v1/auth/tenants"),
    "read_session": lambda: of_a_list("/v1/auth/sessions"),
    "read_user": lambda: of_a_list("/v1/auth/users"),
    "read_invitation": revoke_invitation,
    "read_api_key": api_key,
    "change_email": change_email,
    "confirm_email_change": confirm_email_change,
    "delete_account": delete_account,
    "enrol_totp": as_somebody,
    "confirm_totp": confirm_totp,
    "verify_mfa": verify_mfa,
    "answer_challenge": answer_challenge,
    "remove_totp": as_enrolled,
    "replace_recovery_codes": as_enrolled,
    "rotate_api_key": api_key,
    "take_over_api_key": api_key,
    "revoke_api_key": api_key,
}
