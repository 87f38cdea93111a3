//! `GET` and `POST /consents/confirm`: the page of the link that confirms consent, and its button.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use domain::{Consent as Standing, CustomerId, Outcome, Source, Status};
use edge::Ctx;
use pages::{ButtonRefused, OpenedQuery, PageRefused, Pressed, PressedForm, opened, pressed};
use signin::consents::OPT_IN_PAGE;
use store::{Account, Confirmed, Link, Mark, OneTime, OneTimeKind};

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
    let Waits { consent: waits, .. } = load(flow, ctx, &link).await?;
    let sends = (OPT_IN_PAGE, link.reveal());
    Ok(flow.pages.ask_by_token(ctx.locale, Page::Confirm, sends, &waits.shown.title))
}

async fn press(flow: &Consent, ctx: &Ctx, form: PressedForm) -> Result<Response, ConsentError> {
    let link = pressed(form).map_err(ConsentError::Unreadable)?;
    flow.count_client(ctx).await?;
    for _ in 0..ATTEMPTS {
        let Waits { customer, thing, account, consent } = load(flow, ctx, &link).await?;
        let made = (Outcome::Granted, Source::DoubleOptIn);
        let mut new = flow.consents.decision(ctx, customer, made, consent.shown.clone());
        new.mark = Mark::Remove(account.index.clone());
        let confirmed = Confirmed { thing: &thing, account: &account };
        if is_done(flow.store.decide(customer, &new, Some(&consent), Some(confirmed), ctx.now).await?)? {
            return Ok(flow.pages.done(ctx.locale, Page::Confirmed));
        }
    }
    Err(ConsentError::Changed)
}

/// A consent that waits for its link.
struct Waits {
    customer: CustomerId,
    thing: OneTime,
    account: Account,
    consent: Standing,
}

/// The link, and what waits for it. A consent that was withdrawn, or asked for anew in another version,
/// waits no longer; nor does one for whoever reads a mailbox that is not the customer's any more, or for an
/// account that is closed.
async fn load(flow: &Consent, ctx: &Ctx, link: &Link) -> Result<Waits, ConsentError> {
    let thing = flow.store.link_look(link, ctx.now).await?.filter(|thing| thing.kind == OneTimeKind::ConsentOptIn);
    let thing = thing.ok_or(ConsentError::Gone)?;
    let what = flow.store.opt_in(&thing).await?;
    let (consent, account) = flow.store.consent_and_account(what.customer, &what.purpose).await?;
    let is_theirs = |account: &Account| account.index == what.address && is_open(account.security.status);
    let account = account.filter(is_theirs).ok_or(ConsentError::Gone)?;
    let waits = |current: &Standing| current.outcome == Outcome::Pending && current.decision == what.decision;
    let consent = consent.filter(waits).ok_or(ConsentError::Gone)?;
    Ok(Waits { customer: what.customer, thing, account, consent })
}

/// Whether anything can be agreed to in an account.
fn is_open(status: Status) -> bool {
    match status {
        Status::Active | Status::Locked { .. } => true,
        Status::ErasurePending { .. } | Status::Erasing | Status::Closed => false,
    }
}
