//! `GET` and `POST /verify/undo`: the page of the link by which the holder of an old address takes
//! it back, and its button.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use domain::{ActKind, Actor, Delivery, EndReason, Factor, Locale, Message, PasswordHash};
use edge::Ctx;
use pages::{
    Asked, ButtonRefused, OpenedQuery, PageRefused, PasswordForm, PressedWithPassword, opened, pressed_with_password,
};
use signin::erasure;
use store::{EmailUndo, Link, OneTime, OneTimeKind, Send, Spent, Store};

use crate::texts::Page;
use crate::{Verify, VerifyError, all_done};

const ACTION: &str = "/verify/undo";
const REFUSALS: [Page; 2] = [Page::UndoOver, Page::UndoBroken];
/// How often it is tried against somebody who keeps changing the account to prevent it.
const ATTEMPTS: usize = 3;

/// The page of the link that undoes a change of address
///
/// Asks for a new password and a press of its button. Changes nothing: mail programs open links too.
#[utoipa::path(get, path = "/verify/undo", operation_id = "undo_page", tag = "pages",
    params(("token" = String, Query, description = "The token of the link.", min_length = 66, max_length = 66)),
    responses(
        (status = 200, description = "The page with the button.", body = String, content_type = "text/html"),
        PageRefused))]
pub(crate) async fn page(State(flow): State<Arc<Verify>>, ctx: Ctx, query: OpenedQuery) -> Response {
    look(&flow, &ctx, query).await.unwrap_or_else(|error| flow.refuse(&ctx, error, REFUSALS))
}

/// Undo a change of address
///
/// Gives the account its old address back, ends every session, and sets the password that is chosen.
/// Where none is chosen, the account has no password until its owner sets one. Factors that were added
/// since a week before the change are taken away as by the button of a notice: removed, or suspended.
#[utoipa::path(post, path = "/verify/undo", operation_id = "undo_confirm", tag = "pages",
    request_body(content = PressedWithPassword, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The change is undone.", body = String, content_type = "text/html"),
        ButtonRefused))]
pub(crate) async fn button(State(flow): State<Arc<Verify>>, ctx: Ctx, form: PasswordForm) -> Response {
    undo(&flow, &ctx, form).await.unwrap_or_else(|error| flow.refuse(&ctx, error, REFUSALS))
}

async fn look(flow: &Verify, ctx: &Ctx, query: OpenedQuery) -> Result<Response, VerifyError> {
    let link = opened(query).map_err(VerifyError::Unreadable)?;
    let (_, wanted) = load(flow, ctx, &link).await?;
    Ok(flow.ask(&asked(&link, &wanted, ctx.locale), None))
}

async fn undo(flow: &Verify, ctx: &Ctx, form: PasswordForm) -> Result<Response, VerifyError> {
    let (link, password) = pressed_with_password(form).map_err(VerifyError::Unreadable)?;
    flow.count(ctx).await?;
    let (thing, wanted) = load(flow, ctx, &link).await?;
    let refused = password.as_ref().and_then(|p| flow.passwords.judge(p, &wanted.email).err());
    if refused.is_some() {
        return Ok(flow.ask(&asked(&link, &wanted, ctx.locale), refused));
    }
    let password = match &password {
        Some(password) => Some(flow.passwords.hash(password, &ctx.rng).await?),
        None => None,
    };
    let mut spent = Spent::Changed;
    for _ in 0..ATTEMPTS {
        if spent == Spent::Changed {
            spent = finish(flow, ctx, &thing, &wanted, password.as_ref()).await?;
        }
    }
    all_done(spent)?;
    Ok(flow.pages.done(ctx.locale, Page::Undone))
}

async fn load(flow: &Verify, ctx: &Ctx, link: &Link) -> Result<(OneTime, EmailUndo), VerifyError> {
    let thing = flow.store.link_look(link, ctx.now).await?.filter(|thing| thing.kind == OneTimeKind::EmailUndo);
    let thing = thing.ok_or(VerifyError::Gone)?;
    let wanted = flow.store.email_undo(&thing).await?;
    Ok((thing, wanted))
}

fn asked<'a>(link: &'a Link, wanted: &EmailUndo, locale: Locale) -> Asked<'a, Page> {
    Asked { action: ACTION, page: Page::Undo, link, address: wanted.email.masked(), locale }
}

/// Reads the customer as they are now, and undoes the change.
async fn finish(
    flow: &Verify,
    ctx: &Ctx,
    thing: &OneTime,
    wanted: &EmailUndo,
    password: Option<&PasswordHash>,
) -> Result<Spent, VerifyError> {
    let customer = flow.store.customer(wanted.customer).await?.ok_or(VerifyError::Gone)?;
    let security = flow.store.security(wanted.customer).await?.ok_or(VerifyError::Gone)?;
    // Both are told: whoever holds the old mailbox need not be who holds the account.
    let notices = [&wanted.email, &customer.data.email].map(|to| {
        let message = Message::SessionsEnded { at: ctx.now, reason: EndReason::EmailChangeUndone };
        let (to, issuer, jurisdiction) = (to.clone().into(), ctx.issuer.clone(), customer.jurisdiction.clone());
        let delivery = Delivery { to, locale: customer.locale, issuer, jurisdiction, message };
        Send::new(delivery, ctx.now, &ctx.rng).about(customer.id)
    });
    // Whoever changed the address was told of what came after it, and its holder was not. Of what came in the
    // week before it, they were: whoever changed it may have prepared it, and the button of that mail worked.
    let (stored, _) = flow.store.factors(customer.id).await?.ok_or(VerifyError::Gone)?;
    let is_doubted = |factor: &Factor| wanted.changed_at < factor.added_at + Store::NOTICE_FOR;
    let left = stored.factors.secured(is_doubted, ctx.now);
    let factors = (&stored, &left);
    let cause = ctx.act(ActKind::EmailChangeUndone, Actor::Customer(customer.id));
    let spent = flow
        .store
        .email_undo_finish(
            thing,
            wanted,
            &customer,
            (&security, factors),
            password,
            &notices,
            &erasure::taken_back(ctx, &customer, &wanted.email),
            ctx.now,
            &cause,
        )
        .await?;
    Ok(spent)
}
