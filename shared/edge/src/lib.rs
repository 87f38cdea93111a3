//! HTTP and Lambda: context, caller, problems, limits, logs.
//!
//! What lives here: everything between API Gateway's event and a flow's handler, and back. What
//! may not: anything that knows what a flow does, DynamoDB (`store`), KMS (`keys`), mail (`notify`).
//!
//! A flow is `fn function(&Deployment) -> Result<Function, ConfigError>`, which ends with
//! [`http()`] or [`event()`], and its `main.rs` is [`main()`]. Handlers take [`Ctx`], [`Json`],
//! [`Query`], [`Caller`], and return `Result<_, Problem>`.

mod bearer;
mod caller;
mod context;
mod cookies;
mod cors;
mod deployment;
pub mod document;
mod dpop;
mod event;
mod form;
mod function;
mod gateway;
mod http;
mod json;
pub mod limits;
mod log;
mod oauth;
pub mod openapi;
mod operator;
mod problem;
mod report;
mod storage;

pub use bearer::{Challenge, Presented, Scheme};
pub use caller::{Caller, Gate, insufficient_scope, invalid_token};
pub use context::{ClientAddr, Ctx, Facts};
pub use cookies::Cookie;
pub use deployment::{Clock, Deployment, SdkTuning};
pub use dpop::{Dpop, ProofRefused, Proving, UnspentProof};
pub use event::event;
pub use form::{Form, OAuthForm, Params, Query};
pub use function::{BoxError, BoxFuture, EventHandler, Function, main};
pub use gateway::{respond, stream};
pub use http::{BODY_LIMIT, Flow, http, streaming};
pub use json::{Json, MergePatch};
pub use log::{Level, Log, chain};
pub use oauth::{ClientCredentials, ClientProof, OAuthCode, OAuthError, OAuthErrorDocument};
pub use operator::Operator;
pub use problem::{Kind, Problem, ProblemDocument};

#[cfg(test)]
mod tests;
