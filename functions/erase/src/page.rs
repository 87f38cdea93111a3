//! `GET` and `POST /erasure/withdraw`: the page of the link in the mail that tells of an erasure, and its
//! button.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use edge::Ctx;
use pages::{Asked, ButtonRefused, OpenedQuery, PageRefused, Pressed, PressedForm, opened, pressed};
use signin::erasure::WITHDRAW_PAGE;
use store::{Link, OneTime, OneTimeKind};

use crate::texts::Page;
use crate::withdraw::take_back;
use crate::{Erase, EraseError};

const REFUSALS: [Page; 2] = [Page::Over, Page::Broken];

/// The page of the link by which an erasure is withdrawn
///
/// Asks for a press of its button. Changes nothing: mail programs open links too.
#[utoipa::path(get, path = "/erasure/withdraw", operation_id = "erasure_withdraw_page", tag = "pages",
    params(("token" = String, Query, description = "The token of the link.", min_length = 66, max_length = 66)),
    responses(
        (status = 200, description = "The page with the button.", body = String, content_type = "text/html"),
        PageRefused))]
pub(crate) async fn page(State(flow): State<Arc<Erase>>, ctx: Ctx, query: OpenedQuery) -> Response {
    look(&flow, &ctx, query).await.unwrap_or_else(|error| refuse(&flow, &ctx, error))
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

async fn look(flow: &Erase, ctx: &Ctx, query: OpenedQuery) -> Result<Response, EraseError> {
    let link = opened(query).map_err(EraseError::Unreadable)?;
    load(flow, ctx, &link).await?;
    let (action, address, locale) = (WITHDRAW_PAGE, String::new(), ctx.locale);
    Ok(flow.pages.ask(&Asked { action, page: Page::Withdraw, link: &link, address, locale }, &flow.policy, None))
}

async fn press(flow: &Erase, ctx: &Ctx, form: PressedForm) -> Result<Response, EraseError> {
    let link = pressed(form).map_err(EraseError::Unreadable)?;
    flow.count(ctx).await?;
    take_back(flow, ctx, &load(flow, ctx, &link).await?).await?;
    Ok(flow.pages.done(ctx.locale, Page::Withdrawn))
}

async fn load(flow: &Erase, ctx: &Ctx, link: &Link) -> Result<OneTime, EraseError> {
    let thing = flow.store.link_look(link, ctx.now).await?;
    thing.filter(|thing| thing.kind == OneTimeKind::ErasureWithdrawal).ok_or(EraseError::Gone)
}
