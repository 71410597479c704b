//! The document of the API against the source and against what is served.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use chrono::Utc;
use fundrail_api::{
    auth, compliance,
    endpoint::{Access, Body, Operation},
    funds, investors, issuing, kyc, ownership,
};
use fundrail_domain::{fund::Known, input::fields_of};
use fundrail_tests::{Value, shared, workspace};

/// The Rust files below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())).flatten()
    {
        let path = entry.path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

fn texts(folders: &[&str]) -> Vec<String> {
    let files = folders.iter().flat_map(|folder| sources(&workspace().join(folder)));
    files.map(|file| fs::read_to_string(file).expect("a source file")).collect()
}

/// What stands between `before` and the next quotation mark, wherever `before` stands; white space counts for nothing.
fn quoted_after(text: &str, before: &str) -> Vec<String> {
    let dense: String = text.split_whitespace().collect();
    let parts = dense.split(before).skip(1);
    parts.filter_map(|rest| rest.split_once('"').map(|(quoted, _)| quoted.to_owned())).collect()
}

#[test]
fn every_endpoint_is_documented_and_served_and_no_other_is_documented() {
    let env = shared();
    let declared: BTreeSet<String> =
        fundrail_api::endpoints().map(|endpoint| format!("{} {}", endpoint.method, endpoint.path)).collect();
    assert!(declared.len() > 90, "{declared:?}");
    let documented: BTreeSet<String> = env.operations().iter().map(fundrail_tests::Operation::name).collect();
    assert_eq!(declared, documented);
    for operation in env.operations() {
        let path = operation.fill(|_, _| "0198c0de-0000-7000-8000-000000000001".to_owned());
        let answer = env.request(&operation.method, &path).send();
        let unserved = answer.status == 405 || (answer.status == 404 && answer.text().contains("route"));
        let only_in_development = operation.path == "/v1/ops/notifications";
        assert!(!unserved || only_in_development, "{}: {}", operation.name(), answer.text());
    }
}

#[test]
fn every_operation_says_what_it_takes_and_answers() {
    let env = shared();
    assert!(env.document()["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
    let mut ids = BTreeMap::new();
    for operation in env.operations() {
        let (name, it) = (operation.name(), &operation.documented);
        let id = it["operationId"].as_str().unwrap_or_else(|| panic!("{name} has no operationId"));
        assert_eq!(ids.insert(id.to_owned(), name.clone()), None, "{id} stands twice");
        assert_eq!(it["tags"].as_array().map(Vec::len), Some(1), "{name}: one tag");
        for text in ["summary", "description"] {
            assert!(it[text].as_str().is_some_and(|text| !text.is_empty()), "{name} has no {text}");
        }
        let responses = it["responses"].as_object().expect("responses");
        assert!(responses.keys().any(|status| status.starts_with('2')), "{name} never succeeds");
        for (status, response) in responses.iter().filter(|(status, _)| status.as_str() >= "400") {
            let response = operation.resolve(response);
            let content =
                response["content"].as_object().unwrap_or_else(|| panic!("{name} {status} has no content"));
            let health = name == "GET /health";
            assert!(
                health || content.contains_key("application/problem+json"),
                "{name} {status}: {content:?}"
            );
        }
        if let Some(schema) = operation.body_schema().filter(|schema| schema["type"] == "object") {
            assert_eq!(schema["additionalProperties"], false, "{name} says nothing of unknown fields");
        }
    }
}

#[test]
fn every_tag_is_defined_and_described() {
    let document = shared().document();
    let defined = document["tags"].as_array().expect("tags");
    for operation in shared().operations() {
        let tag = &operation.documented["tags"][0];
        let described = defined.iter().find(|it| it["name"] == *tag).map(|it| &it["description"]);
        let described = described.unwrap_or_else(|| panic!("{tag} of {} is not defined", operation.name()));
        assert!(described.as_str().is_some_and(|text| !text.is_empty()), "{tag} has no description");
    }
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
                fields.values().for_each(|value| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let document = shared().document();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(!found.is_empty());
    for link in found {
        let pointer = link.strip_prefix('#').unwrap_or_else(|| panic!("{link} leads outside"));
        assert!(document.pointer(pointer).is_some(), "{link} leads nowhere");
    }
}

#[test]
fn the_page_explains_every_code_that_a_problem_can_have() {
    let page = shared().get("/docs").send();
    assert_eq!(page.status, 200);
    let page = page.text();
    let source =
        texts(&["functions", "shared/identity/src", "shared/platform/src", "shared/domain/src"]).join("\n");
    let makers = [
        "conflict(\"",
        "unprocessable(\"",
        "Malformed{code:\"",
        "Conflict{code:\"",
        "ConflictAt{code:\"",
        "Unprocessable{code:\"",
    ];
    let mut codes: BTreeSet<String> = makers.iter().flat_map(|maker| quoted_after(&source, maker)).collect();
    let types = ["shared/domain/src/error.rs", "shared/platform/src/failure.rs"];
    let types =
        types.map(|file| fs::read_to_string(workspace().join(file)).expect("a type of errors")).concat();
    let fixed: Vec<String> =
        types.lines().filter_map(|line| line.split_once("=> \"")).map(|(_, rest)| rest.to_owned()).collect();
    codes.extend(fixed.iter().filter_map(|rest| rest.split_once('"').map(|(code, _)| code.to_owned())));
    assert!(["internal", "malformed_json", "timeout"].iter().all(|code| codes.contains(*code)), "{codes:?}");
    let unexplained: Vec<_> =
        codes.iter().filter(|code| !page.contains(&format!("id=\"problem-{code}\""))).collect();
    assert!(unexplained.is_empty(), "not in shared/api/src/problems.rs: {unexplained:?}");
}

#[test]
fn the_page_needs_nothing_from_elsewhere() {
    let page = shared().get("/docs").send();
    assert!(page.header("content-type").is_some_and(|kind| kind.starts_with("text/html")));
    assert!(
        page.header("content-security-policy").is_some_and(|policy| policy.starts_with("default-src 'none'"))
    );
    let text = page.text();
    for foreign in ["src=\"", "href=\"http", "url(", "@import", "<script"] {
        assert!(!text.contains(foreign), "{foreign}");
    }
    for operation in shared().operations() {
        let id = operation.documented["operationId"].as_str().expect("an id").to_owned();
        assert!(text.contains(&format!("id=\"{id}\"")), "{id} is not on the page");
    }
}

#[test]
fn a_document_that_is_known_is_not_sent_again() {
    let env = shared();
    for path in ["/docs", "/v1/openapi.json"] {
        let first = env.get(path).send();
        let tag = first.header("etag").expect("an ETag").to_owned();
        let again = env.get(path).header("if-none-match", &tag).send();
        assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
        assert_eq!(again.header("etag"), Some(tag.as_str()));
        let other = env.get(path).header("if-none-match", "\"another\"").send();
        assert_eq!((other.status, &other.body), (200, &first.body), "{path}");
    }
}

#[test]
fn a_document_is_sent_compressed_to_those_who_take_gzip() {
    let env = shared();
    for path in ["/docs", "/v1/openapi.json"] {
        let plain = env.get(path).send();
        assert_eq!(plain.header("content-encoding"), None, "{path}");
        assert!(plain.header("vary").is_some_and(|vary| vary.contains("accept-encoding")), "{path}");
        let zipped = env.get(path).header("accept-encoding", "gzip, br").send();
        assert_eq!((zipped.status, zipped.header("content-encoding")), (200, Some("gzip")), "{path}");
        let mut text = Vec::new();
        flate2::read::GzDecoder::new(&zipped.body[..]).read_to_end(&mut text).expect("gzip");
        assert_eq!(text, plain.body, "{path}");
        assert!(zipped.body.len() * 4 < text.len(), "{path}: {} of {}", zipped.body.len(), text.len());
        // Different bytes, different tags: neither is taken for the other.
        assert_ne!(zipped.header("etag"), plain.header("etag"), "{path}");
    }
}

#[test]
fn the_headers_of_limits_and_repetitions_are_documented_where_they_are_sent() {
    let env = shared();
    let tenant = env.institution();
    let operations = env.operations();
    for operation in &operations {
        let repeatable = operation.parameters("header").any(|it| it["name"] == "idempotency-key");
        for (status, response) in operation.documented["responses"].as_object().expect("responses") {
            let headers = operation.resolve(response)["headers"].clone();
            for name in ["ratelimit", "ratelimit-policy", "x-request-id"] {
                assert!(headers[name].is_object(), "{} {status}: {name}", operation.name());
            }
            let replayed = headers["idempotency-replayed"].is_object();
            assert_eq!(replayed, repeatable && status.starts_with('2'), "{} {status}", operation.name());
            let waits = ["429", "503"].contains(&status.as_str()) && operation.path != "/health";
            assert!(!waits || headers["retry-after"].is_object(), "{} {status}", operation.name());
        }
    }
    for endpoint in fundrail_api::endpoints() {
        let documented = operations
            .iter()
            .find(|operation| operation.method == endpoint.method && operation.path == endpoint.path);
        let documented = documented.unwrap_or_else(|| panic!("{} is not documented", endpoint.id));
        let says = documented.parameters("header").any(|it| it["name"] == "idempotency-key");
        assert_eq!(says, endpoint.idempotent, "{}", endpoint.id);
        assert_eq!(documented.is_guarded(), endpoint.access != Access::Public, "{}", endpoint.id);
    }
    let read = env.get("/v1/auth/me").token(&tenant).send();
    assert!(read.header("ratelimit").is_some() && read.header("ratelimit-policy").is_some());
}

#[test]
fn every_list_by_pages_takes_an_order() {
    for operation in shared().operations() {
        let takes = |name: &str| operation.parameters("query").any(|it| it["name"] == name);
        assert_eq!(takes("starting_after"), takes("order"), "{}", operation.name());
    }
}

/// What an operation reads from its body: its id, the fields that it asks for, and those that must be there.
type Read = (&'static str, (BTreeSet<&'static str>, Vec<String>));

fn read<O: Operation>(with: <O::Body as Body>::With<'_>) -> Read {
    let fields = fields_of(|object| <O::Body as Body>::read(object, with));
    (O::ENDPOINT.id, fields.unwrap_or_else(|error| panic!("{}: {error}", O::ENDPOINT.id)))
}

/// The fields that a schema requires, as JSON Pointers.
fn needed(schema: &Value) -> BTreeSet<String> {
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    required.map(|name| format!("/{name}")).collect()
}

/// Every body that is read at once.
fn bodies() -> Vec<Read> {
    let (scopes, known, now) = (BTreeSet::new(), Known::default(), Utc::now());
    vec![
        read::<auth::Register>(()),
        read::<auth::Login>(()),
        read::<auth::ForgotPassword>(()),
        read::<auth::ResetPassword>(()),
        read::<auth::ChangePassword>(""),
        read::<auth::AcceptInvitationByPassword>(()),
        read::<auth::Refresh>(()),
        read::<auth::VerifyEmail>(()),
        read::<auth::ChangeEmail>(""),
        read::<auth::ConfirmEmailChange>(()),
        read::<auth::DeleteAccount>(()),
        read::<auth::AnswerChallenge>(()),
        read::<auth::VerifyMfa>(()),
        read::<auth::ConfirmTotp>(()),
        read::<auth::CreateTenant>(()),
        read::<auth::SwitchTenant>(()),
        read::<auth::ChangeTenant>(()),
        read::<auth::SetRoles>(()),
        read::<auth::Invite>(&[]),
        read::<auth::AcceptInvitation>(()),
        read::<auth::CreateApiKey>(&scopes),
        read::<auth::RotateApiKey>(()),
        read::<auth::TakeOverApiKey>(()),
        read::<auth::RotateSigningKey>(()),
        read::<compliance::CreateCheck>(()),
        read::<funds::PublishNav>(now),
        read::<funds::ApproveNavProposal>(()),
        read::<funds::RejectNavProposal>(()),
        read::<issuing::CreateIssuer>(()),
        read::<issuing::CreateFund>(()),
        read::<issuing::ChangeFundStatus>(()),
        read::<issuing::CreateShareClass>(&known),
        read::<issuing::ChangeShareClassStatus>(()),
        read::<issuing::AddToken>(()),
        read::<investors::CreateInvestor>(now),
        read::<investors::AddWallet>(()),
        read::<investors::ProveWallet>(()),
        read::<investors::AddClassification>(now),
        read::<investors::AddVerification>(now),
        read::<investors::AddScreening>(now),
        read::<investors::RevokeClassification>(()),
        read::<investors::RevokeVerification>(()),
        read::<investors::RevokeScreening>(()),
        read::<investors::RemoveWallet>(()),
        read::<kyc::AddKycDocument>(now),
        read::<kyc::WithdrawKycDocument>(()),
        read::<kyc::SubmitKycFile>(()),
        read::<kyc::ReturnKycFile>(()),
        read::<kyc::ApproveKycFile>(()),
        read::<kyc::RejectKycFile>(()),
        read::<kyc::ReopenKycFile>(()),
        read::<kyc::RequestKycInformation>(()),
        read::<kyc::AnswerKycRequest>(()),
        read::<ownership::CreateOwnershipParty>(now),
        read::<ownership::ScreenOwnershipParty>(now),
        read::<ownership::CreateOwnershipStake>(now),
        read::<ownership::EndOwnershipStake>(()),
    ]
}

#[test]
fn the_documented_fields_of_a_body_are_those_that_are_read() {
    let bodies = bodies();
    // Of two fields one must be there, which is asked for by the name of the first.
    let either = [
        ("create_check", "/amount"),
        ("create_ownership_stake", "/owner_investor_id"),
        ("create_ownership_stake", "/owned_investor_id"),
    ];
    // Read only to be refused, with a reason of its own.
    let refused = [("add_wallet", "verified_at")];
    // A patch is read once it is applied; a delivery is read as it comes, since its sender's format grows.
    let otherwise =
        ["update_fund", "update_investor", "update_issuer", "update_share_class", "take_in_chain_logs"];
    let operations = shared().operations();
    for operation in operations.iter().filter(|operation| operation.body_schema().is_some()) {
        let id = operation.documented["operationId"].as_str().unwrap_or_default();
        assert!(
            otherwise.contains(&id) || bodies.iter().any(|(known, _)| *known == id),
            "{id} is not looked at here"
        );
    }
    for (id, (asked, required)) in bodies {
        let operation = operations.iter().find(|operation| operation.documented["operationId"] == id);
        let schema = operation.and_then(|operation| operation.body_schema());
        let schema = schema.unwrap_or_else(|| panic!("{id} documents no body"));
        let documented: BTreeSet<&str> =
            schema["properties"].as_object().expect("fields").keys().map(String::as_str).collect();
        let asked: BTreeSet<&str> =
            asked.into_iter().filter(|field| !refused.contains(&(id, field))).collect();
        assert_eq!(documented, asked, "{id}");
        let required = required.into_iter().filter(|field| !either.contains(&(id, field.as_str())));
        assert_eq!(needed(schema), required.collect(), "{id}: what must be there");
    }
}
