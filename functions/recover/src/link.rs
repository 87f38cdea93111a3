//! `GET` and `POST /recover`: the page of the link in the mail of a forgotten password, and its button.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use domain::{Email, Password};
use edge::Ctx;
use pages::{
    Asked, ButtonRefused, OpenedQuery, PageRefused, PasswordForm, PressedWithPassword, opened, pressed_with_password,
};
use store::{Link, OneTime, OneTimeKind};

use crate::texts::Page;
use crate::{Recover, RecoverError, reset};

/// Where the page is.
pub(crate) const PAGE: &str = "/recover";
const REFUSALS: [Page; 2] = [Page::ResetOver, Page::ResetBroken];

/// The page of a forgotten password's link
///
/// Asks for a new password and a press of its button. Changes nothing: mail programs open links too.
#[utoipa::path(get, path = "/recover", operation_id = "recover_page", tag = "pages",
    params(("token" = String, Query, description = "The token of the link.", min_length = 66, max_length = 66)),
    responses(
        (status = 200, description = "The page with the button.", body = String, content_type = "text/html"),
        PageRefused))]
pub(crate) async fn page(State(flow): State<Arc<Recover>>, ctx: Ctx, query: OpenedQuery) -> Response {
    look(&flow, &ctx, query).await.unwrap_or_else(|error| flow.pages.refuse_link(ctx.locale, error.into(), REFUSALS))
}

/// Set a new password with a link
///
/// Ends every session, and tells the customer by mail. Signs nobody in.
#[utoipa::path(post, path = "/recover", operation_id = "recover_confirm", tag = "pages",
    request_body(content = PressedWithPassword, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The password is set.", body = String, content_type = "text/html"),
        ButtonRefused))]
pub(crate) async fn button(State(flow): State<Arc<Recover>>, ctx: Ctx, form: PasswordForm) -> Response {
    press(&flow, &ctx, form).await.unwrap_or_else(|error| flow.pages.refuse_link(ctx.locale, error.into(), REFUSALS))
}

// Not counted: a count costs more than this one read, and 128 bits can't be guessed.
async fn look(flow: &Recover, ctx: &Ctx, query: OpenedQuery) -> Result<Response, RecoverError> {
    let link = opened(query).map_err(RecoverError::Unreadable)?;
    let (_, email) = load(flow, ctx, &link).await?;
    Ok(flow.ask(&asked(ctx, &link, &email), None))
}

async fn press(flow: &Recover, ctx: &Ctx, form: PasswordForm) -> Result<Response, RecoverError> {
    let (link, password) = pressed_with_password(form).map_err(RecoverError::Unreadable)?;
    flow.count(ctx).await?;
    let (thing, email) = load(flow, ctx, &link).await?;
    // None at all is one that is too short.
    let password = password.unwrap_or_else(|| Password::new(""));
    if let Err(refused) = flow.passwords.judge(&password, &email) {
        return Ok(flow.ask(&asked(ctx, &link, &email), Some(refused)));
    }
    reset::reset(flow, ctx, &thing, &email, &password).await?;
    Ok(flow.pages.done(ctx.locale, Page::ResetDone))
}

async fn load(flow: &Recover, ctx: &Ctx, link: &Link) -> Result<(OneTime, Email), RecoverError> {
    let thing = flow.store.link_look(link, ctx.now).await?.filter(|thing| thing.kind == OneTimeKind::PasswordReset);
    let thing = thing.ok_or(RecoverError::Gone)?;
    let email = flow.store.password_reset(&thing).await?.email;
    Ok((thing, email))
}

fn asked<'a>(ctx: &Ctx, link: &'a Link, email: &Email) -> Asked<'a, Page> {
    Asked { action: PAGE, page: Page::Reset, link, address: email.masked(), locale: ctx.locale }
}
