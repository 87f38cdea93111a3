//! The rules of an OpenID Provider, as values: no HTTP, no store, no clock.
//!
//! One file per document or per step of it; each check names its paragraph.

mod answer;
mod authorize_error;
mod claims_request;
mod client_assertion;
pub mod client_document;
mod client_key;
mod dpop;
pub mod pkce;
pub mod redirect_uri;
pub mod registration;
mod request;
mod request_checks;
mod request_object;
mod scopes;
mod subject;
#[cfg(test)]
mod tests;
mod user_code;

pub use answer::{Answer, with_query};
pub use authorize_error::{AuthorizeCode, RedirectRefused, RequestRefused};
pub use claims_request::{ClaimRequest, ClaimsRequest};
pub use client_assertion::{ASSERTION_TYPE, Audience, OnceOnly, check_assertion, claimed_client};
pub use client_document::{DocumentHosts, DocumentRefused, document_host};
pub use client_key::{ClientAlg, ClientKey, JwkSet, JwtRefused, KeyRefused};
pub use dpop::{DpopExpected, DpopProof, DpopRefused, NonceRule, check_dpop, dpop_nonce};
pub use request::{AuthorizationRequest, Display, Params, Prompt, RedirectTarget, ResponseMode, redirect_target};
pub use request_checks::{check_resource, is_resource, sayable_scope};
pub use request_object::RequestObject;
pub use scopes::{CLAIMS_OF_SCOPES, claims_for, cut, known_claims};
pub use subject::{customer_of, pairwise, sector, session_name, subject};
pub use user_code::UserCode;
