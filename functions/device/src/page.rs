//! `GET` and `POST /device`: the customer types what the device shows.
//!
//! An address that has the code in it fills the form in and does nothing else: whoever sends somebody such a link
//! gets no further than whoever sends them the code (RFC 8628 §5.4).

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::oidc::UserCode;
use domain::{ActKind, Actor, Handle};
use edge::{Ctx, Form, Kind, Problem, Query};
use pages::{ButtonRefused, PageRefused, lead_on};
use serde::Deserialize;
use signin::Browser;
use store::{Interaction, Purpose};

use crate::texts::{Texts, texts};
use crate::{Device, DeviceError};

/// What the address can bring along.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Opened {
    user_code: Option<String>,
}

/// What the page sends.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Typed {
    /// What the device shows, in whatever case.
    #[schema(example = "WDJB-MJHT")]
    user_code: String,
}

#[derive(Template)]
#[template(path = "device.html")]
struct DevicePage<'a> {
    texts: &'a Texts,
    user_code: &'a str,
    wrong: Option<&'a str>,
}

/// The page on which a device's code is typed
#[utoipa::path(get, path = "/device", operation_id = "device_page", tag = "pages",
    params(("user_code" = Option<String>, Query, description = "What the device shows; it is filled in, and nothing else.")),
    responses((status = 200, description = "The page.", body = String, content_type = "text/html"), PageRefused))]
pub(crate) async fn page(
    State(flow): State<Arc<Device>>,
    ctx: Ctx,
    headers: HeaderMap,
    query: Result<Query<Opened>, Problem>,
) -> Response {
    match query {
        Ok(Query(Opened { user_code })) => show(&flow, &ctx, &headers, &user_code.unwrap_or_default(), None),
        Err(problem) => flow.refuse(ctx.locale, DeviceError::Unreadable(problem)),
    }
}

/// Type a device's code
///
/// Leads to the page that says which app it is of, by way of signing in. The answer is the same for a code that
/// nobody has and for one that is over.
#[utoipa::path(post, path = "/device", operation_id = "device_submit", tag = "pages",
    request_body(content = Typed, content_type = "application/x-www-form-urlencoded"),
    responses((status = 303, description = "To the page that asks; to this one, where the form came without cookies."),
        ButtonRefused))]
pub(crate) async fn submit(
    State(flow): State<Arc<Device>>,
    ctx: Ctx,
    headers: HeaderMap,
    form: Result<Form<Typed>, Problem>,
) -> Response {
    look_up(&flow, &ctx, &headers, form).await.unwrap_or_else(|error| flow.refuse(ctx.locale, error))
}

async fn look_up(
    flow: &Device,
    ctx: &Ctx,
    headers: &HeaderMap,
    form: Result<Form<Typed>, Problem>,
) -> Result<Response, DeviceError> {
    let Form(Typed { user_code: typed }) = form.map_err(DeviceError::Unreadable)?;
    // A form of another site comes without cookies, though there be some: none takes their place. The same is opened
    // again with them, and has to be sent from there.
    let Some(browser) = Browser::read(headers) else { return Ok(lead_on(&again(&typed))) };
    flow.count(ctx, &browser).await?;
    let found = match UserCode::parse(&typed) {
        Some(code) => flow.store.device_request(&code, ctx.now).await?.map(|(_, request)| (code, request)),
        None => None,
    };
    let Some((code, asked)) = found else {
        let page = show(flow, ctx, headers, &typed, Some(texts(ctx.locale).wrong));
        return Ok(Problem::new(Kind::InvalidFields).on_page(page));
    };
    let handle = Handle::generate(&ctx.rng);
    let interaction = Interaction {
        request: asked.request,
        browser: browser.digest(),
        pushed: None,
        began: ctx.now,
        before: None,
        purpose: Purpose::Device(code.reveal()),
    };
    let cause = ctx.act(ActKind::AuthorizationRequested, Actor::Anonymous);
    flow.store.interaction_start(&handle, &interaction, ctx.now, &cause).await?;
    Ok(lead_on(&format!("/device/confirm?transaction={}", handle.reveal())))
}

/// The page, with what was typed filled in: what can be a code.
fn again(typed: &str) -> String {
    match UserCode::parse(typed) {
        Some(code) => format!("/device?user_code={}", code.reveal()),
        None => "/device".to_owned(),
    }
}

fn show(flow: &Device, ctx: &Ctx, headers: &HeaderMap, typed: &str, wrong: Option<&str>) -> Response {
    let texts = texts(ctx.locale);
    // Nobody types as much; what is longer is somebody's joke.
    let user_code = if typed.chars().count() <= 32 { typed } else { "" };
    let mut response = flow.pages.show(ctx.locale, texts.title, &DevicePage { texts, user_code, wrong });
    // Only where it is opened.
    if Browser::read(headers).is_none() {
        Browser::new(&ctx.rng).remember(response.headers_mut());
    }
    response
}
