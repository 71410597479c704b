//! What an answer has to be.

use std::collections::BTreeSet;

use crate::Response;

/// The pointers of a problem's wrong fields, sorted.
pub fn problem_pointers(response: &Response) -> BTreeSet<String> {
    let json = response.json();
    let errors = json["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().filter_map(|error| error["pointer"].as_str().map(str::to_owned)).collect()
}

/// Asserts a whole problem document: status, code, and that exactly these fields are named.
#[track_caller]
pub fn assert_problem(response: &Response, status: u16, code: &str, pointers: &[&str]) {
    assert_eq!(response.status, status, "{}", response.describe());
    assert_eq!(response.header("content-type"), Some("application/problem+json"), "{}", response.describe());
    let json = response.json();
    assert_eq!(json["code"], code, "{json:#}");
    assert_eq!(json["status"], status, "{json:#}");
    assert_eq!(json["type"], format!("/docs#problem-{code}"), "{json:#}");
    assert_eq!(json["request_id"].as_str(), response.header("x-request-id"), "{json:#}");
    assert!(json["title"].is_string() && json["detail"].is_string(), "{json:#}");
    let expected: BTreeSet<String> = pointers.iter().map(|pointer| (*pointer).to_owned()).collect();
    assert_eq!(problem_pointers(response), expected, "{json:#}");
    match status {
        401 => {
            let challenge = response.header("www-authenticate").unwrap_or_default();
            let steps_up = challenge.contains("error=\"insufficient_user_authentication\"");
            assert!(challenge.starts_with("Bearer"), "{}", response.describe());
            assert_eq!(steps_up, code == "step_up_required", "{challenge}");
        }
        429 | 503 => {
            assert!(response.header("retry-after").is_some_and(|after| after.parse::<u64>().is_ok()));
        }
        _ => {}
    }
}
