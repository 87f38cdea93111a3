//! The rules of an OpenID Provider, as values: no HTTP, no store, no clock.
//!
//! One file per document or per step of it; each check names its paragraph.

mod client_key;
pub mod redirect_uri;
mod request;
mod subject;

pub use client_key::{ClientAlg, ClientKey, JwkSet, JwtRefused, KeyRefused};
pub use request::{
    AuthorizationRequest, AuthorizeCode, ClaimRequest, ClaimsRequest, Display, Params, Prompt, RedirectRefused,
    RedirectTarget, RequestRefused, ResponseMode, check_resource, is_resource, redirect_target,
};
pub use subject::{pairwise, sector, subject};
