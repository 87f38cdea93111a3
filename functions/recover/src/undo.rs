//! `GET` and `POST /recover/undo`: the page of the link in every notice, and its button.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use domain::{ActKind, Actor};
use edge::Ctx;
use pages::{Asked, ButtonRefused, OpenedQuery, PageRefused, Pressed, PressedForm, opened, pressed};
use signin::{erasure, notices};
use store::{AccountUndo, Link, OneTime, OneTimeKind, SignInFacts, Spent};

use crate::reset::{ATTEMPTS, all_done};
use crate::texts::Page;
use crate::{Recover, RecoverError};

const REFUSALS: [Page; 2] = [Page::UndoOver, Page::UndoBroken];

/// The page of a notice's link
///
/// Asks for a press of its button. Changes nothing: mail programs open links too.
#[utoipa::path(get, path = "/recover/undo", operation_id = "account_undo_page", tag = "pages",
    params(("token" = String, Query, description = "The token of the link.", min_length = 66, max_length = 66)),
    responses(
        (status = 200, description = "The page with the button.", body = String, content_type = "text/html"),
        PageRefused))]
pub(crate) async fn page(State(flow): State<Arc<Recover>>, ctx: Ctx, query: OpenedQuery) -> Response {
    look(&flow, &ctx, query).await.unwrap_or_else(|error| flow.pages.refuse_link(ctx.locale, error.into(), REFUSALS))
}

/// Undo what somebody else did
///
/// Ends every session, forgets the password and the trusted devices, takes away the factor that the
/// notice was about, and refuses a delayed recovery. The customer sets a new password by their mailbox.
/// The factor is removed, or suspended where nothing else would keep who reads the mailbox out: then it
/// signs nobody in, and a delayed recovery is left.
#[utoipa::path(post, path = "/recover/undo", operation_id = "account_undo_confirm", tag = "pages",
    request_body(content = Pressed, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The account is secured.", body = String, content_type = "text/html"),
        ButtonRefused))]
pub(crate) async fn button(State(flow): State<Arc<Recover>>, ctx: Ctx, form: PressedForm) -> Response {
    press(&flow, &ctx, form).await.unwrap_or_else(|error| flow.pages.refuse_link(ctx.locale, error.into(), REFUSALS))
}

async fn look(flow: &Recover, ctx: &Ctx, query: OpenedQuery) -> Result<Response, RecoverError> {
    let link = opened(query).map_err(RecoverError::Unreadable)?;
    let (_, undo) = load(flow, ctx, &link).await?;
    facts(flow, ctx, &undo).await?;
    let (action, address, locale) = (notices::UNDO_PAGE, String::new(), ctx.locale);
    Ok(flow.ask(&Asked { action, page: Page::Undo, link: &link, address, locale }, None))
}

async fn press(flow: &Recover, ctx: &Ctx, form: PressedForm) -> Result<Response, RecoverError> {
    let link = pressed(form).map_err(RecoverError::Unreadable)?;
    flow.count(ctx).await?;
    let (thing, undo) = load(flow, ctx, &link).await?;
    let mut spent = Spent::Changed;
    for _ in 0..ATTEMPTS {
        if spent == Spent::Changed {
            spent = secure(flow, ctx, &thing, &undo).await?;
        }
    }
    all_done(spent)?;
    ctx.count("AccountsSecured", 1);
    Ok(flow.pages.done(ctx.locale, Page::Undone))
}

async fn load(flow: &Recover, ctx: &Ctx, link: &Link) -> Result<(OneTime, AccountUndo), RecoverError> {
    let thing = flow.store.link_look(link, ctx.now).await?.filter(|thing| thing.kind == OneTimeKind::AccountUndo);
    let thing = thing.ok_or(RecoverError::Gone)?;
    let undo = flow.store.account_undo(&thing).await?;
    Ok((thing, undo))
}

/// The customer as they are now, if the mailbox that the link went to may still speak for them: where a
/// change of address was undone, who has the new one may not.
async fn facts(flow: &Recover, ctx: &Ctx, undo: &AccountUndo) -> Result<SignInFacts, RecoverError> {
    let facts = flow.facts(ctx, undo.customer).await?;
    if facts.profile.hears(undo) { Ok(facts) } else { Err(RecoverError::Gone) }
}

/// Reads the customer as they are now, and takes away what somebody else may have. Whether they may
/// sign in does not matter: this only takes.
async fn secure(flow: &Recover, ctx: &Ctx, thing: &OneTime, undo: &AccountUndo) -> Result<Spent, RecoverError> {
    let facts = facts(flow, ctx, undo).await?;
    let left = facts.factors.factors.secured(|factor| Some(factor.id) == undo.remove, ctx.now);
    let cause = ctx.act(ActKind::AccountSecured, Actor::Customer(undo.customer));
    let factors = (&facts.factors, &left);
    let (security, data_key) = (&facts.security, &facts.data_key);
    let taken_back = erasure::taken_back(ctx, &facts.profile, &facts.profile.data.email);
    let store = &flow.store;
    Ok(store.account_secure(thing, undo.customer, security, data_key, factors, &taken_back, ctx.now, &cause).await?)
}
