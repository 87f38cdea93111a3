//! `GET` and `POST /verify`: the page of the link in a registration's mail, and its button.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use domain::{ActKind, Actor, CustomerId, Password, PasswordHash};
use edge::Ctx;
use pages::{
    Asked, ButtonRefused, OpenedQuery, PageRefused, PasswordForm, PressedWithPassword, opened, pressed_with_password,
};
use serde_json::Map;
use store::{Link, NewCustomer, OneTime, OneTimeKind, PendingRegistration};

use crate::texts::Page;
use crate::{Verify, VerifyError, all_done};

const ACTION: &str = "/verify";
const REFUSALS: [Page; 2] = [Page::LinkOver, Page::LinkBroken];

/// The page of a registration's link
///
/// Asks for a password and a press of its button. Changes nothing: mail programs open links too.
#[utoipa::path(get, path = "/verify", operation_id = "verify_page", tag = "pages",
    params(("token" = String, Query, description = "The token of the link.", min_length = 66, max_length = 66)),
    responses(
        (status = 200, description = "The page with the button.", body = String, content_type = "text/html"),
        PageRefused))]
pub(crate) async fn page(State(flow): State<Arc<Verify>>, ctx: Ctx, query: OpenedQuery) -> Response {
    look(&flow, &ctx, query).await.unwrap_or_else(|error| flow.refuse(&ctx, error, REFUSALS))
}

/// Confirm an address by its link
///
/// Creates the customer, without a session. Nothing counts that came with the registration, for
/// whoever sent it may be somebody else: only the password that is chosen here.
#[utoipa::path(post, path = "/verify", operation_id = "verify_confirm", tag = "pages",
    request_body(content = PressedWithPassword, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The address is confirmed.", body = String, content_type = "text/html"),
        ButtonRefused))]
pub(crate) async fn button(State(flow): State<Arc<Verify>>, ctx: Ctx, form: PasswordForm) -> Response {
    confirm(&flow, &ctx, form).await.unwrap_or_else(|error| flow.refuse(&ctx, error, REFUSALS))
}

// Not counted: a count costs more than this one read, and 128 bits can't be guessed.
async fn look(flow: &Verify, ctx: &Ctx, query: OpenedQuery) -> Result<Response, VerifyError> {
    let link = opened(query).map_err(VerifyError::Unreadable)?;
    let (_, pending) = load(flow, ctx, &link).await?;
    Ok(flow.ask(&asked(&link, &pending), None))
}

async fn confirm(flow: &Verify, ctx: &Ctx, form: PasswordForm) -> Result<Response, VerifyError> {
    let (link, password) = pressed_with_password(form).map_err(VerifyError::Unreadable)?;
    flow.count(ctx).await?;
    let (thing, pending) = load(flow, ctx, &link).await?;
    let refused = password.as_ref().and_then(|p| flow.passwords.judge(p, &pending.email).err());
    if refused.is_some() {
        return Ok(flow.ask(&asked(&link, &pending), refused));
    }
    create(flow, ctx, &thing, &pending, password.as_ref()).await?;
    ctx.count("CustomersCreated", 1);
    Ok(flow.pages.done(pending.locale, Page::Confirmed))
}

async fn load(flow: &Verify, ctx: &Ctx, link: &Link) -> Result<(OneTime, PendingRegistration), VerifyError> {
    let thing = flow.store.link_look(link, ctx.now).await?.filter(|thing| thing.kind == OneTimeKind::Registration);
    let thing = thing.ok_or(VerifyError::Gone)?;
    let pending = flow.store.registration(&thing).await?;
    Ok((thing, pending))
}

fn asked<'a>(link: &'a Link, pending: &PendingRegistration) -> Asked<'a, Page> {
    Asked { action: ACTION, page: Page::Confirm, link, address: pending.email.masked(), locale: pending.locale }
}

/// The address becomes a customer's. Of the registration only the language is kept, and the jurisdiction
/// only where its client says it: whoever registered may have said another.
async fn create(
    flow: &Verify,
    ctx: &Ctx,
    thing: &OneTime,
    pending: &PendingRegistration,
    password: Option<&Password>,
) -> Result<(), VerifyError> {
    let index = flow.store.email_index(&pending.email).await?;
    let password: Option<PasswordHash> = match password {
        Some(password) => Some(flow.passwords.hash(password, &ctx.rng).await?),
        None => None,
    };
    let client = flow.clients.direct(Some(&pending.client_id));
    let id = CustomerId::generate(ctx.now, &ctx.rng);
    let new = NewCustomer {
        id,
        email: &pending.email,
        index: &index,
        password: password.as_ref(),
        profile: Map::new(),
        decisions: Vec::new(),
        locale: pending.locale,
        jurisdiction: client.and_then(|client| client.jurisdiction.clone()),
        session: None,
        pending: None,
    };
    let cause = ctx.act(ActKind::CustomerCreated, Actor::Customer(id));
    all_done(flow.store.customer_create(thing, new, ctx.now, &cause).await?)
}
