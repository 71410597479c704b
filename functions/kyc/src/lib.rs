//! KYC files, and the evidence of what an investor is: what a tenant has collected, submitted, and had approved by a second person.
//!
//! `investors` records who an investor is, and sends back a file whose content it changes. What an approval allows is what
//! `compliance-check` says.

mod answers;
mod classifications;
mod content;
mod decisions;
mod file;
mod statements;

use fundrail_api::{investors, kyc as api};
use fundrail_identity::serve;
use fundrail_platform::{Request, Response, Route, routes};

static ROUTES: &[Route] = routes![
    api::ReadKycFile => content::read;
    api::ListKycHistory => content::history;
    api::ListKycFiles => content::list;
    api::AddKycDocument => content::add_document;
    api::WithdrawKycDocument => content::withdraw_document as body;
    api::AnswerKycRequest => content::answer_request as body;
    api::SubmitKycFile => decisions::submit as body;
    api::ReviewKycFile => decisions::review;
    api::ReturnKycFile => decisions::send_back as body;
    api::ApproveKycFile => decisions::approve as body;
    api::RejectKycFile => decisions::reject as body;
    api::ReopenKycFile => decisions::reopen as body;
    api::RequestKycInformation => decisions::request as body;
    api::WithdrawKycRequest => decisions::withdraw_request;
    api::ApproveClassification => classifications::approve;
    investors::AddClassification => statements::add_classification;
    investors::RevokeClassification => statements::revoke_classification as body;
    investors::AddVerification => statements::add_verification;
    investors::RevokeVerification => statements::revoke_verification as body;
    investors::AddScreening => statements::add_screening;
    investors::RevokeScreening => statements::revoke_screening as body;
    investors::ListRevocations => statements::revocations;
];

#[spin_sdk::http_service]
async fn handle(request: Request) -> Response {
    serve(request, "kyc", ROUTES).await
}
