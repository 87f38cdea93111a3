//! `GET` and `POST /unsubscribe`: out of a mailing in one click (RFC 8058), without signing in.
//!
//! The token is good for years and bound to its customer and purpose. Whoever holds it can end a mailing
//! and nothing else, so it is in every mail. It is checked before anything is read; there is no limit
//! for what holds it, since providers of mailboxes send these by the thousand from one address. Who
//! never agreed, no longer does, or was erased gets the same answer.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest as _, Request, State};
use axum::response::Response;
use domain::{Source, UnsubscribeToken};
use edge::{Ctx, Form, Kind, Problem, Query};
use http::header::CONTENT_TYPE;
use pages::{ButtonRefused, PageRefused};
use serde::Deserialize;

use crate::decide::{self, Who};
use crate::texts::Page;
use crate::{Consent, ConsentError};

/// Where the page is.
pub(crate) const PAGE: &str = "/unsubscribe";
/// What a provider of mailboxes sends, and the value of the header that asks for it.
pub(crate) const ONE_CLICK: &str = "List-Unsubscribe=One-Click";
const REFUSALS: [Page; 2] = [Page::UnsubscribeBroken, Page::UnsubscribeBroken];

/// The query of the link. Mail programs add parameters of their own.
#[derive(Default, Deserialize)]
pub(crate) struct Opened {
    #[serde(default)]
    token: String,
}

type OpenedQuery = Result<Query<Opened>, Problem>;

/// What the page's button sends, or a provider of mailboxes.
#[derive(Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UnsubscribeForm)]
pub(crate) struct Pressed {
    /// The token of the link, from the page's button; a provider has it in the address.
    #[serde(default)]
    #[schema(example = "u1.AAAA")]
    token: String,
    /// `One-Click`, from a provider.
    #[serde(default, rename = "List-Unsubscribe")]
    #[schema(example = "One-Click")]
    one_click: String,
}

/// The page of a link to unsubscribe
///
/// Asks for a press of its button. Changes nothing: mail programs open links too.
#[utoipa::path(get, path = "/unsubscribe", operation_id = "unsubscribe_page", tag = "pages",
    params(("token" = String, Query, description = "The token of the link.")),
    responses(
        (status = 200, description = "The page with the button.", body = String, content_type = "text/html"),
        PageRefused))]
pub(crate) async fn page(State(flow): State<Arc<Consent>>, ctx: Ctx, query: OpenedQuery) -> Response {
    look(&flow, &ctx, query).await.unwrap_or_else(|error| flow.pages.refuse_link(ctx.locale, error.into(), REFUSALS))
}

/// Unsubscribe
///
/// By the page's button, or in one click by a provider of mailboxes (RFC 8058), as a form of either kind.
/// The same answer however often it comes, and whoever the token was for.
#[utoipa::path(post, path = "/unsubscribe", operation_id = "unsubscribe_confirm", tag = "pages",
    params(("token" = Option<String>, Query, nullable = false, description = "The token of the link, from a provider of mailboxes.")),
    request_body(content((Pressed = "application/x-www-form-urlencoded"), (Pressed = "multipart/form-data"))),
    responses(
        (status = 200, description = "Nothing is sent any more.", body = String, content_type = "text/html"),
        ButtonRefused))]
pub(crate) async fn button(
    State(flow): State<Arc<Consent>>,
    ctx: Ctx,
    query: OpenedQuery,
    request: Request,
) -> Response {
    press(&flow, &ctx, query, request)
        .await
        .unwrap_or_else(|error| flow.pages.refuse_link(ctx.locale, error.into(), REFUSALS))
}

async fn look(flow: &Consent, ctx: &Ctx, query: OpenedQuery) -> Result<Response, ConsentError> {
    let Query(Opened { token }) = query.map_err(ConsentError::Unreadable)?;
    let UnsubscribeToken { purpose, .. } = read(flow, &token).await?;
    let registry = flow.registry(ctx).await?;
    let text = registry.find(&purpose).and_then(|standing| standing.purpose.text(ctx.locale));
    let title = text.map_or("", |(_, text)| text.title.as_str());
    Ok(flow.pages.ask_by_token(ctx.locale, Page::Unsubscribe, (PAGE, token), title))
}

async fn press(flow: &Consent, ctx: &Ctx, query: OpenedQuery, request: Request) -> Result<Response, ConsentError> {
    let Query(Opened { token }) = query.map_err(ConsentError::Unreadable)?;
    let pressed = form(request).await.map_err(ConsentError::Unreadable)?;
    let token = match (token, pressed) {
        (from_page, Pressed { token, .. }) if from_page.is_empty() => token,
        (token, Pressed { one_click, .. }) if one_click == "One-Click" => token,
        _ => return Err(broken()),
    };
    let UnsubscribeToken { customer, purpose } = read(flow, &token).await?;
    decide::withdraw_by(flow, ctx, Who { customer, session: None }, &purpose, Source::Unsubscribe).await?;
    Ok(flow.pages.done(ctx.locale, Page::Unsubscribed))
}

async fn read(flow: &Consent, token: &str) -> Result<UnsubscribeToken, ConsentError> {
    flow.store.unsubscribe_read(token).await?.ok_or_else(broken)
}

fn broken() -> ConsentError {
    ConsentError::Unreadable(Problem::new(Kind::InvalidLink))
}

/// What was sent, as the form that RFC 8058 wishes for, or the one that it allows.
async fn form(request: Request) -> Result<Pressed, Problem> {
    let media_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !media_type.to_ascii_lowercase().starts_with("multipart/form-data;") {
        return Form::from_request(request, &()).await.map(|Form(pressed)| pressed);
    }
    let body = Bytes::from_request(request, &()).await.map_err(|_| Problem::new(Kind::InvalidRequest))?;
    let is_it = std::str::from_utf8(&body).is_ok_and(is_one_click);
    if is_it {
        Ok(Pressed { one_click: "One-Click".to_owned(), ..Pressed::default() })
    } else {
        Err(Problem::new(Kind::InvalidRequest))
    }
}

/// Whether a multipart form (RFC 7578) has the one field that is asked for: a header that names it, and
/// after an empty line its value.
fn is_one_click(body: &str) -> bool {
    let mut lines = body.lines().map(str::trim);
    let names_it = |line: &str| {
        let line = line.to_ascii_lowercase();
        line.starts_with("content-disposition:") && line.replace('"', "").ends_with("name=list-unsubscribe")
    };
    lines.any(names_it) && lines.any(str::is_empty) && lines.next() == Some("One-Click")
}

#[cfg(test)]
mod tests {
    use super::is_one_click;

    #[test]
    fn a_form_in_parts_has_the_field_and_its_value() {
        let part = |name: &str, value: &str| {
            format!("--x\r\nContent-Disposition: form-data; name={name}\r\n\r\n{value}\r\n--x--\r\n")
        };
        assert!(is_one_click(&part("\"List-Unsubscribe\"", "One-Click")));
        assert!(is_one_click(&part("List-Unsubscribe", "One-Click")));
        for wrong in [
            part("\"List-Unsubscribe\"", "Two-Clicks"),
            part("\"token\"", "One-Click"),
            String::new(),
            "List-Unsubscribe=One-Click".to_owned(),
        ] {
            assert!(!is_one_click(&wrong), "{wrong}");
        }
    }
}
