//! `GET /v1/consents/check`: may I?

use std::sync::Arc;

use axum::extract::State;
use domain::scope::ConsentsCheck;
use domain::{CustomerId, Purpose, Source, UnsubscribeToken, Verdict};
use edge::{Ctx, Json, Operator, Problem, Query};
use serde::{Deserialize, Serialize};

use crate::{Consent, unsubscribe};

/// Whose data, and what for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    customer: String,
    purpose: String,
}

/// Whether a customer's data may be used for a purpose.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Permission {
    /// Whether it may.
    #[schema(example = true)]
    allowed: bool,
    /// Why, or why not.
    reason: Verdict,
    /// The version that the last decision was about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 1)]
    version: Option<u32>,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "date-time", example = "2026-11-24T10:15:30Z")]
    decided_at: Option<String>,
    /// How it was made known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    source: Option<Source>,
    /// Its id, and its receipt's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "dec_01hf7yat00e9j8b5v2m3n4p6q7")]
    decision: Option<String>,
    /// How they can end it, for the mail that is to be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    unsubscribe: Option<Unsubscribe>,
}

/// What a mail carries by which its reader can unsubscribe, without signing in.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Unsubscribe {
    /// For the link in its text.
    #[schema(format = "uri", example = "https://id.example/unsubscribe?token=u1.AAAA")]
    url: String,
    /// The value of its header `List-Unsubscribe` (RFC 2369, RFC 8058).
    #[schema(example = "<https://id.example/unsubscribe?token=u1.AAAA>")]
    list_unsubscribe: String,
    /// The value of its header `List-Unsubscribe-Post` (RFC 8058).
    #[schema(example = "List-Unsubscribe=One-Click")]
    list_unsubscribe_post: String,
}

/// Ask whether data may be used
///
/// Ask before each use: an answer holds at the moment at which it is given. Who is not known, or no
/// longer, has not agreed.
#[utoipa::path(get, path = "/v1/consents/check", operation_id = "consent_check", tag = "privacy",
    security(("bearer" = ["consents:check"])),
    params(
        ("customer" = String, Query, description = "Whose data.", example = "cus_01hf7yat00e9j8b5v2m3n4p6q7"),
        ("purpose" = String, Query, description = "What for: a purpose's key.", example = "newsletter")),
    responses((status = 200, description = "Whether it may.", body = Permission)))]
pub(crate) async fn check(
    State(flow): State<Arc<Consent>>,
    ctx: Ctx,
    _operator: Operator<ConsentsCheck>,
    Query(asked): Query<Asked>,
) -> Result<Json<Permission>, Problem> {
    let (Some(customer), true) = (CustomerId::parse(&asked.customer), Purpose::is_key(&asked.purpose)) else {
        return Ok(Json(Permission::without(Verdict::Unknown)));
    };
    let (registry, status, current) = flow.store.consent_facts(&flow.file, customer, &asked.purpose, ctx.now).await?;
    let reason = Verdict::of(registry.find(&asked.purpose), status, current.as_ref());
    let mut answer = Permission::without(reason);
    if let Some(current) = current.filter(|_| !matches!(reason, Verdict::Unknown | Verdict::Closed)) {
        answer.version = Some(current.shown.version);
        answer.decided_at = Some(current.at.to_string());
        answer.source = Some(current.source);
        answer.decision = Some(current.decision.to_string());
    }
    if reason == Verdict::Granted {
        let token = UnsubscribeToken { customer, purpose: asked.purpose };
        answer.unsubscribe = Some(Unsubscribe::of(&ctx.issuer, &flow.store.unsubscribe_token(&token).await?));
    }
    Ok(Json(answer))
}

impl Permission {
    fn without(reason: Verdict) -> Self {
        Self {
            allowed: reason.is_allowed(),
            reason,
            version: None,
            decided_at: None,
            source: None,
            decision: None,
            unsubscribe: None,
        }
    }
}

impl Unsubscribe {
    fn of(issuer: &str, token: &str) -> Self {
        let url = format!("{issuer}{}?token={token}", unsubscribe::PAGE);
        let list_unsubscribe = format!("<{url}>");
        Self { url, list_unsubscribe, list_unsubscribe_post: unsubscribe::ONE_CLICK.to_owned() }
    }
}
