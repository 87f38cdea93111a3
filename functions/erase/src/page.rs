//! `GET` and `POST /erasure/withdraw`: the page of the link in the mail that tells of an erasure, and its
//! button.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use domain::Handle;
use edge::Ctx;
use pages::{Asked, ButtonRefused, OpenedQuery, PageRefused, Pressed, PressedForm, opened, pressed, pressed_handle};
use signin::erasure::WITHDRAW_PAGE;
use signin::kept_pending;
use store::{Link, OneTime, OneTimeKind};

use crate::texts::Page;
use crate::withdraw::{by_handle, take_back, waiting};
use crate::{Erase, EraseError};

const REFUSALS: [Page; 2] = [Page::Over, Page::Broken];

/// The page of the link by which an erasure is withdrawn
///
/// Asks for a press of its button. Changes nothing: mail programs open links too. A sign-in of somebody who is
/// to be erased leads here as well, without a token.
#[utoipa::path(get, path = "/erasure/withdraw", operation_id = "erasure_withdraw_page", tag = "pages",
    params(("token" = Option<String>, Query, min_length = 66, max_length = 66,
        description = "The token of the link. Left out where a sign-in leads here: the browser keeps what waits.")),
    responses(
        (status = 200, description = "The page with the button.", body = String, content_type = "text/html"),
        PageRefused))]
pub(crate) async fn page(
    State(flow): State<Arc<Erase>>,
    ctx: Ctx,
    headers: HeaderMap,
    uri: Uri,
    query: OpenedQuery,
) -> Response {
    let waits = if uri.query().is_none() { kept_pending(&headers) } else { None };
    look(&flow, &ctx, waits, query).await.unwrap_or_else(|error| refuse(&flow, &ctx, error))
}

/// Stay after all
///
/// The account is as it was. Nobody is signed in.
#[utoipa::path(post, path = "/erasure/withdraw", operation_id = "erasure_withdraw_confirm", tag = "pages",
    request_body(content = Pressed, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "Nothing is erased.", body = String, content_type = "text/html"),
        ButtonRefused))]
pub(crate) async fn button(State(flow): State<Arc<Erase>>, ctx: Ctx, form: PressedForm) -> Response {
    press(&flow, &ctx, form).await.unwrap_or_else(|error| refuse(&flow, &ctx, error))
}

fn refuse(flow: &Erase, ctx: &Ctx, error: EraseError) -> Response {
    // To whoever has a link it is the same whether its time is over or it was used too late.
    let error = if matches!(error, EraseError::UnderWay) { EraseError::Gone } else { error };
    flow.pages.refuse_link(ctx.locale, error.into(), REFUSALS)
}

async fn look(flow: &Erase, ctx: &Ctx, waits: Option<Handle>, query: OpenedQuery) -> Result<Response, EraseError> {
    let (action, address, locale) = (WITHDRAW_PAGE, String::new(), ctx.locale);
    if let Some(handle) = waits {
        let page = withdrawal(flow, ctx, &by_handle(flow, ctx, &handle).await?).await?;
        return Ok(flow.pages.ask_by_token(locale, page, (action, handle.reveal().to_owned()), &address));
    }
    let link = opened(query).map_err(EraseError::Unreadable)?;
    let page = withdrawal(flow, ctx, &load(flow, ctx, &link).await?).await?;
    Ok(flow.pages.ask(&Asked { action, page, link: &link, address, locale }, &flow.policy, None))
}

/// The page of what this withdraws, if there is something left to withdraw.
async fn withdrawal(flow: &Erase, ctx: &Ctx, thing: &OneTime) -> Result<Page, EraseError> {
    let (standing, own) = waiting(flow, flow.store.erasure_withdrawal(thing).await?).await?;
    Ok(Page::Withdraw { on_hold_until: standing.held.told(own.due_at, ctx.now) })
}

async fn press(flow: &Erase, ctx: &Ctx, form: PressedForm) -> Result<Response, EraseError> {
    let thing = if let Some(handle) = pressed_handle(&form) {
        flow.count(ctx).await?;
        by_handle(flow, ctx, &handle).await?
    } else {
        let link = pressed(form).map_err(EraseError::Unreadable)?;
        flow.count(ctx).await?;
        load(flow, ctx, &link).await?
    };
    take_back(flow, ctx, &thing).await?;
    Ok(flow.pages.done(ctx.locale, Page::Withdrawn))
}

async fn load(flow: &Erase, ctx: &Ctx, link: &Link) -> Result<OneTime, EraseError> {
    let thing = flow.store.link_look(link, ctx.now).await?;
    thing.filter(|thing| thing.kind == OneTimeKind::ErasureWithdrawal).ok_or(EraseError::Gone)
}
