//! `GET /v1/admin/consents`: who had consented to what when a day ended.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use domain::scope::AdminConsents;
use domain::{Purpose, SignedDuration, Source, Timestamp, day_ends};
use edge::{Ctx, Json, Operator, Problem, Query};
use http::HeaderValue;
use http::header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_TYPE, LINK};
use serde::{Deserialize, Serialize};
use store::{ConsentedOn, ConsentsOn};

use crate::{Consent, ConsentError};

/// On which day, and to what.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    on: String,
    #[serde(default)]
    purpose: Option<String>,
    #[serde(default)]
    limit: Option<String>,
    #[serde(default)]
    cursor: Option<String>,
}

/// Who had consented.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ConsentedList {
    /// When which day ended (UTC).
    #[schema(format = "date", example = "2026-11-24")]
    on: String,
    /// Consents that held then, in no particular order.
    consents: Vec<Consented>,
    /// The `cursor` of the next page, if there is one. A page can be empty and not the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "AAAA")]
    next: Option<String>,
}

/// Somebody's consent.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Consented {
    /// Whose.
    #[schema(example = "cus_01hf7yat00e9j8b5v2m3n4p6q7")]
    customer: String,
    /// To which purpose.
    #[schema(example = "newsletter")]
    purpose: String,
    /// To which version of it.
    #[schema(example = 1)]
    version: u32,
    /// Since when.
    #[schema(format = "date-time", example = "2026-11-24T10:15:30Z")]
    decided_at: String,
    /// How it was made known.
    source: Source,
    /// By which decision.
    #[schema(example = "dec_01hf7yat00e9j8b5v2m3n4p6q7")]
    decision: String,
}

/// A page, unless more is asked for.
const PAGE: usize = 500;
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// List who had consented on a day
///
/// As it was when the day ended (UTC), of those who are still customers: who was erased is not there.
/// With `Accept: text/csv` as CSV, whose next page is in the header `Link`.
#[utoipa::path(get, path = "/v1/admin/consents", operation_id = "admin_consents", tag = "administration",
    security(("bearer" = ["admin:consents"])),
    params(
        ("on" = String, Query, description = "The day, `YYYY-MM-DD`.", format = "date", example = "2026-11-24"),
        ("purpose" = Option<String>, Query, nullable = false, description = "Only this purpose.", example = "newsletter"),
        ("limit" = Option<u32>, Query, nullable = false, description = "About so many customers a page, 500 if it is left out.", minimum = 1, maximum = 1000, example = 500),
        ("cursor" = Option<String>, Query, nullable = false, description = "The `next` of the page before.")),
    responses((status = 200, description = "A page of consents.",
        content((ConsentedList = "application/json"), (String = "text/csv", example = "customer,purpose,version,decided_at,source,decision")),
        headers(("Link" = String, description = "Where the next page is.")))))]
pub(crate) async fn consents(
    State(flow): State<Arc<Consent>>,
    ctx: Ctx,
    _operator: Operator<AdminConsents>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let Day { before, most } = parse(&ctx, &asked)?;
    // A page of one question is none of another's.
    let question = format!("consents {} {}", asked.on, asked.purpose.as_deref().unwrap_or_default());
    let from = match &asked.cursor {
        None => None,
        Some(text) => {
            let opened = flow.store.cursor_open(&question, text).await?;
            Some(opened.ok_or(ConsentError::Query("The cursor is not of this question."))?)
        }
    };
    let ConsentsOn { consents, next } =
        flow.store.consents_on(asked.purpose.as_deref(), before, most, from.as_ref()).await?;
    let next = match next {
        Some(next) => Some(flow.store.cursor_seal(&question, &next).await?),
        None => None,
    };
    let link = next.as_ref().map(|cursor| link(&asked, most, cursor));
    let consents = consents.into_iter().map(Consented::from).collect();
    let list = ConsentedList { on: asked.on, consents, next };
    let wants_csv = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|v| v.contains("text/csv"));
    let mut response = if wants_csv { list.csv() } else { Json(list).into_response() };
    if let Some(link) = link.and_then(|link| HeaderValue::from_str(&link).ok()) {
        response.headers_mut().insert(LINK, link);
    }
    Ok(response)
}

struct Day {
    before: Timestamp,
    most: usize,
}

fn parse(ctx: &Ctx, asked: &Asked) -> Result<Day, ConsentError> {
    let before = day_ends(&asked.on).ok_or(ConsentError::Query("`on` is no day, such as 2026-11-24."))?;
    if before.duration_since(ctx.now) > DAY {
        return Err(ConsentError::Query("`on` is a day to come."));
    }
    if asked.purpose.as_deref().is_some_and(|purpose| !Purpose::is_key(purpose)) {
        return Err(ConsentError::Query("`purpose` is no key of a purpose."));
    }
    let most = match &asked.limit {
        None => Some(PAGE),
        Some(text) => text.parse().ok().filter(|most| (1..=1000).contains(most)),
    };
    Ok(Day { before, most: most.ok_or(ConsentError::Query("`limit` is not between 1 and 1000."))? })
}

/// RFC 8288. Each part is letters, digits and `-_.`.
fn link(asked: &Asked, most: usize, cursor: &str) -> String {
    let purpose = asked.purpose.as_ref().map(|purpose| format!("&purpose={purpose}")).unwrap_or_default();
    format!("</v1/admin/consents?on={}{purpose}&limit={most}&cursor={cursor}>; rel=\"next\"", asked.on)
}

impl From<ConsentedOn> for Consented {
    fn from(one: ConsentedOn) -> Self {
        Self {
            customer: one.customer.to_string(),
            purpose: one.purpose,
            version: one.version,
            decided_at: one.at.to_string(),
            source: one.source,
            decision: one.decision.to_string(),
        }
    }
}

impl ConsentedList {
    /// RFC 4180. No value has a comma, a quote or a line's end, or begins as a formula does.
    fn csv(&self) -> Response {
        let mut text = "customer,purpose,version,decided_at,source,decision\r\n".to_owned();
        for Consented { customer, purpose, version, decided_at, source, decision } in &self.consents {
            let source = source.as_str();
            text += &format!("{customer},{purpose},{version},{decided_at},{source},{decision}\r\n");
        }
        let name = format!("attachment; filename=\"consents-{}.csv\"", self.on);
        let mut response = ([(CONTENT_TYPE, "text/csv; charset=utf-8; header=present")], text).into_response();
        response.headers_mut().extend(HeaderValue::from_str(&name).ok().map(|name| (CONTENT_DISPOSITION, name)));
        response
    }
}
