//! `GET` and `POST /consents/confirm`: the page of the link that confirms consent, and its button.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use domain::{Consent as Standing, Outcome, Source};
use edge::Ctx;
use pages::{ButtonRefused, OpenedQuery, PageRefused, Pressed, PressedForm, opened, pressed};
use signin::consents::OPT_IN_PAGE;
use store::{Link, OneTime, OneTimeKind, OptIn};

use crate::texts::Page;
use crate::{ATTEMPTS, Consent, ConsentError, is_done};

const REFUSALS: [Page; 2] = [Page::ConfirmOver, Page::ConfirmBroken];

/// The page of a link that confirms consent
///
/// Asks for a press of its button. Changes nothing: mail programs open links too.
#[utoipa::path(get, path = "/consents/confirm", operation_id = "consent_confirm_page", tag = "pages",
    params(("token" = String, Query, description = "The token of the link.", min_length = 66, max_length = 66)),
    responses(
        (status = 200, description = "The page with the button.", body = String, content_type = "text/html"),
        PageRefused))]
pub(crate) async fn page(State(flow): State<Arc<Consent>>, ctx: Ctx, query: OpenedQuery) -> Response {
    look(&flow, &ctx, query).await.unwrap_or_else(|error| flow.pages.refuse_link(ctx.locale, error.into(), REFUSALS))
}

/// Confirm consent
///
/// From now on it counts, for the version that was agreed to.
#[utoipa::path(post, path = "/consents/confirm", operation_id = "consent_confirm", tag = "pages",
    request_body(content = Pressed, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The consent counts.", body = String, content_type = "text/html"),
        ButtonRefused))]
pub(crate) async fn button(State(flow): State<Arc<Consent>>, ctx: Ctx, form: PressedForm) -> Response {
    press(&flow, &ctx, form).await.unwrap_or_else(|error| flow.pages.refuse_link(ctx.locale, error.into(), REFUSALS))
}

// Not counted: a count costs more than these two reads, and 128 bits can't be guessed.
async fn look(flow: &Consent, ctx: &Ctx, query: OpenedQuery) -> Result<Response, ConsentError> {
    let link = opened(query).map_err(ConsentError::Unreadable)?;
    let (_, _, waits) = load(flow, ctx, &link).await?;
    let sends = (OPT_IN_PAGE, link.reveal());
    Ok(flow.pages.ask_by_token(ctx.locale, Page::Confirm, sends, &waits.shown.title))
}

async fn press(flow: &Consent, ctx: &Ctx, form: PressedForm) -> Result<Response, ConsentError> {
    let link = pressed(form).map_err(ConsentError::Unreadable)?;
    flow.count_client(ctx).await?;
    for _ in 0..ATTEMPTS {
        let (thing, OptIn { customer, .. }, waits) = load(flow, ctx, &link).await?;
        let made = (Outcome::Granted, Source::DoubleOptIn);
        let new = flow.consents.decision(ctx, customer, made, waits.shown.clone());
        if is_done(flow.store.decide(customer, &new, Some(&waits), Some(&thing), ctx.now).await?)? {
            return Ok(flow.pages.done(ctx.locale, Page::Confirmed));
        }
    }
    Err(ConsentError::Changed)
}

/// The link, what it confirms, and the consent that waits for it. One that was withdrawn, or asked for
/// anew in another version, waits no longer.
async fn load(flow: &Consent, ctx: &Ctx, link: &Link) -> Result<(OneTime, OptIn, Standing), ConsentError> {
    let thing = flow.store.link_look(link, ctx.now).await?.filter(|thing| thing.kind == OneTimeKind::ConsentOptIn);
    let thing = thing.ok_or(ConsentError::Gone)?;
    let what = flow.store.opt_in(&thing).await?;
    let current = flow.store.consent(what.customer, &what.purpose).await?;
    let waits = |current: &Standing| current.outcome == Outcome::Pending && current.decision == what.decision;
    let current = current.filter(waits).ok_or(ConsentError::Gone)?;
    Ok((thing, what, current))
}
