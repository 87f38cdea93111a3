//! Tokens that somebody copied: their session ends for both, and its customer is told.

use domain::{Act, ActKind, Actor, Delivery, EndReason, Message};
use edge::Ctx;
use store::{Send, Session};

use crate::{Token, TokenError};

/// Ends it.
pub(crate) async fn end(
    flow: &Token,
    ctx: &Ctx,
    session: &Session,
    (kind, by): (ActKind, Actor),
) -> Result<(), TokenError> {
    ctx.count("RefreshReused", 1);
    let cause: Act = ctx.act(kind, by).to(session.customer).in_session(session.id);
    let Some(customer) = flow.store.customer(session.customer).await? else {
        flow.store.session_end(session.customer, session.id, ctx.now, &cause).await?;
        return Ok(());
    };
    let message = Message::SessionsEnded { at: ctx.now, reason: EndReason::RefreshReuse };
    let (to, locale, issuer) = (customer.data.email.into(), customer.locale, ctx.issuer.clone());
    let jurisdiction = customer.jurisdiction;
    let delivery = Delivery { to, locale, issuer, jurisdiction, message };
    let notice = Send::new(delivery, ctx.now, &ctx.rng).about(session.customer);
    Ok(flow.store.refresh_family_end(session, &notice, ctx.now, &cause).await?)
}
