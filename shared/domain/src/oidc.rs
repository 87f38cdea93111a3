//! The rules of an OpenID Provider, as values: no HTTP, no store, no clock.
//!
//! One file per document or per step of it; each check names its paragraph.

mod answer;
mod client_assertion;
pub mod client_document;
mod client_key;
mod dpop;
pub mod pkce;
pub mod redirect_uri;
pub mod registration;
mod request;
mod request_object;
mod scopes;
mod subject;
#[cfg(test)]
mod tests;
mod user_code;

pub use answer::{Answer, with_query};
pub use client_assertion::{ASSERTION_TYPE, Audience, OnceOnly, check_assertion, claimed_client};
pub use client_document::{DocumentHosts, DocumentRefused, document_host};
pub use client_key::{ClientAlg, ClientKey, JwkSet, JwtRefused, KeyRefused};
pub use dpop::{DpopExpected, DpopProof, DpopRefused, NonceRule, check_dpop, dpop_nonce};
pub use request::{
    AuthorizationRequest, AuthorizeCode, ClaimRequest, ClaimsRequest, Display, Params, Prompt, RedirectRefused,
    RedirectTarget, RequestRefused, ResponseMode, check_resource, is_resource, redirect_target,
};
pub use request_object::RequestObject;
pub use scopes::{CLAIMS_OF_SCOPES, claims_for, cut, known_claims};
pub use subject::{customer_of, pairwise, sector, session_name, subject};
pub use user_code::UserCode;
