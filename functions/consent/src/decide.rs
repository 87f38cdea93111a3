//! `PUT /v1/me/consents/{purpose}`: the caller agrees, or does not.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use domain::consent::{self, Change};
use domain::{
    Consent as Standing, CustomerId, FieldError, Locale, Outcome, Purpose, Receipt, SessionId, Shown, Source,
};
use edge::{Caller, Ctx, Json, Problem};
use serde::Deserialize;
use signin::consents::{self, Reader};
use store::{Account, BlindIndex, Customer, Mark, NewDecision};

use crate::decided::DecisionWithReceipt;
use crate::{ATTEMPTS, Consent, ConsentError, is_done};

/// What the caller wants.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecisionRequest {
    /// Whether they agree.
    #[schema(example = true)]
    granted: bool,
    /// The version that they were shown. Needed to agree; to withdraw, nothing is.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, example = 1)]
    version: Option<u32>,
    /// The language in which they were shown it; `Accept-Language` where it is left out.
    #[serde(default)]
    #[schema(nullable = false, example = "en")]
    language: Option<Locale>,
}

/// Agree to a purpose, or withdraw
///
/// Sent twice, it is one decision. Consent that needs a confirmation by mail is `pending` until the
/// button behind the link is pressed; sent again after a minute, the mail is sent again.
#[utoipa::path(put, path = "/v1/me/consents/{purpose}", operation_id = "consent_decide", tag = "privacy", security(("bearer" = [])),
    params(
        ("purpose" = String, Path, description = "The purpose's key.", example = "newsletter"),
        ("Sec-GPC" = Option<String>, Header, nullable = false, description = "`1` opts out of sale and sharing (Global Privacy Control).", example = "1")),
    request_body = DecisionRequest,
    responses((status = 200, description = "The decision that holds now.", body = DecisionWithReceipt)))]
pub(crate) async fn decide(
    State(flow): State<Arc<Consent>>,
    ctx: Ctx,
    caller: Caller,
    headers: HeaderMap,
    key: Result<Path<String>, PathRejection>,
    Json(wish): Json<DecisionRequest>,
) -> Result<Json<DecisionWithReceipt>, Problem> {
    flow.count(&ctx, caller.customer).await?;
    let key = key.ok().map(|Path(key)| key).filter(|key| Purpose::is_key(key)).ok_or(ConsentError::NotFound)?;
    let who = Who::of(&caller);
    for _ in 0..ATTEMPTS {
        let receipt = if wish.granted {
            grant(&flow, &ctx, who, &headers, &key, &wish).await?
        } else {
            withdraw(&flow, &ctx, who, &key, (Source::Account, wish.language)).await?
        };
        if let Some(Decided { receipt, signed }) = receipt {
            return Ok(Json(DecisionWithReceipt::new(&receipt, signed)));
        }
    }
    Err(ConsentError::Changed.into())
}

/// Who decides, and in which session: in none who comes by a link in a mail.
#[derive(Clone, Copy)]
pub(crate) struct Who {
    pub(crate) customer: CustomerId,
    pub(crate) session: Option<SessionId>,
}

impl Who {
    pub(crate) fn of(caller: &Caller) -> Self {
        Self { customer: caller.customer, session: Some(caller.session.id) }
    }

    /// A decision of theirs, of now.
    fn decision(self, flow: &Consent, ctx: &Ctx, made: (Outcome, Source), shown: Shown) -> NewDecision {
        let mut new = flow.consents.decision(ctx, self.customer, made, shown);
        new.cause.session = self.session;
        new
    }
}

/// What holds now, with its signature.
pub(crate) struct Decided {
    receipt: Receipt,
    signed: String,
}

/// Withdraws, however often somebody else writes in between: what nobody waits for an answer of.
pub(crate) async fn withdraw_by(
    flow: &Consent,
    ctx: &Ctx,
    who: Who,
    key: &str,
    source: Source,
) -> Result<(), ConsentError> {
    let customer = who.customer;
    for _ in 0..ATTEMPTS {
        let (current, account) = flow.store.consent_and_account(customer, key).await?;
        let Some(current) = current else { return Ok(()) };
        let Change::To(outcome) = consent::withdraw(Some(&current)) else { return Ok(()) };
        let mut new = who.decision(flow, ctx, (outcome, source), current.shown.clone());
        new.mark = objection(flow, ctx, key, (outcome, source), account).await?;
        if is_done(flow.store.decide(customer, &new, Some(&current), None, ctx.now).await?)? {
            return Ok(());
        }
    }
    Err(ConsentError::Changed)
}

/// Whether the address is marked as one that wants no mail for a purpose: where somebody no longer agrees
/// who came by a mail, or to a purpose that mails are for. Not where they never agreed.
async fn objection(
    flow: &Consent,
    ctx: &Ctx,
    key: &str,
    (outcome, source): (Outcome, Source),
    account: Option<Account>,
) -> Result<Mark, ConsentError> {
    let (Outcome::Withdrawn, Some(Account { index, .. })) = (outcome, account) else { return Ok(Mark::Keep) };
    let by_mail = source == Source::Unsubscribe
        || flow.registry(ctx).await?.find(key).is_some_and(|standing| standing.purpose.double_opt_in);
    Ok(if by_mail { Mark::Put(index) } else { Mark::Keep })
}

/// One attempt to agree; nothing if somebody else wrote first.
async fn grant(
    flow: &Consent,
    ctx: &Ctx,
    who: Who,
    headers: &HeaderMap,
    key: &str,
    wish: &DecisionRequest,
) -> Result<Option<Decided>, ConsentError> {
    let customer = who.customer;
    let registry = flow.registry(ctx).await?;
    let purpose = &registry.find(key).ok_or(ConsentError::NotFound)?.purpose;
    if purpose.required {
        return Err(ConsentError::NotAsked);
    }
    let missing = || ConsentError::Fields(vec![FieldError::new("/version", "required", "is required")]);
    if wish.version.ok_or_else(missing)? != purpose.version {
        return Err(ConsentError::Version);
    }
    if purpose.sale_or_sharing && consents::opts_out(headers) {
        return Err(ConsentError::OptedOut);
    }
    let (current, profile, index) = facts(flow, customer, purpose).await?;
    if profile.as_ref().is_some_and(|profile| !consents::is_old_enough(purpose, &profile.data.profile, ctx)) {
        return Err(ConsentError::Underage);
    }
    let shown = purpose.shown(wish.language.unwrap_or(ctx.locale));
    match consent::grant(current.as_ref(), purpose, ctx.now) {
        Change::None => held(flow, customer, current.as_ref()).await,
        Change::MailAgain => {
            if let (Some(current), Some(profile)) = (&current, &profile) {
                let to = Reader::of(profile);
                let opt_in = flow.consents.opt_in(ctx, &flow.store, to, &current.shown);
                let cause = who.decision(flow, ctx, (Outcome::Pending, Source::Account), shown).cause;
                flow.store.opt_in_again(customer, current, &opt_in, ctx.now, &cause).await?;
            }
            held(flow, customer, current.as_ref()).await
        }
        Change::To(outcome) => {
            let mut new = who.decision(flow, ctx, (outcome, Source::Account), shown);
            if let (Outcome::Pending, Some(profile)) = (outcome, &profile) {
                let to = Reader::of(profile);
                new.opt_in = Some(flow.consents.opt_in(ctx, &flow.store, to, &new.receipt.notice));
            }
            if outcome == Outcome::Granted {
                new.mark = Mark::Remove(index);
            }
            commit(flow, ctx, customer, &new, current.as_ref()).await
        }
    }
}

/// One attempt to withdraw; nothing if somebody else wrote first. What is withdrawn is the version that
/// was agreed to, whatever the registry says by now.
async fn withdraw(
    flow: &Consent,
    ctx: &Ctx,
    who: Who,
    key: &str,
    (source, language): (Source, Option<Locale>),
) -> Result<Option<Decided>, ConsentError> {
    let customer = who.customer;
    let (current, account) = flow.store.consent_and_account(customer, key).await?;
    let Change::To(outcome) = consent::withdraw(current.as_ref()) else {
        return held(flow, customer, current.as_ref()).await;
    };
    let shown = match &current {
        Some(current) => current.shown.clone(),
        None => {
            let registry = flow.registry(ctx).await?;
            let purpose = &registry.find(key).ok_or(ConsentError::NotFound)?.purpose;
            if purpose.required {
                return Err(ConsentError::NotAsked);
            }
            purpose.shown(language.unwrap_or(ctx.locale))
        }
    };
    let mut new = who.decision(flow, ctx, (outcome, source), shown);
    new.mark = objection(flow, ctx, key, (outcome, source), account).await?;
    commit(flow, ctx, customer, &new, current.as_ref()).await
}

/// Where the customer stands, who they are, where the purpose asks for that, and their address.
async fn facts(
    flow: &Consent,
    customer: CustomerId,
    purpose: &Purpose,
) -> Result<(Option<Standing>, Option<Customer>, BlindIndex), ConsentError> {
    if purpose.minimum_age.is_none() && !purpose.double_opt_in {
        let (current, account) = flow.store.consent_and_account(customer, &purpose.key).await?;
        return Ok((current, None, account.ok_or(ConsentError::Erased)?.index));
    }
    let (current, profile) = flow.store.consent_and_customer(customer, &purpose.key).await?;
    let profile = profile.ok_or(ConsentError::Erased)?;
    let index = profile.index.clone();
    Ok((current, Some(profile), index))
}

/// The decision that holds, where nothing is to be decided.
async fn held(
    flow: &Consent,
    customer: CustomerId,
    current: Option<&Standing>,
) -> Result<Option<Decided>, ConsentError> {
    let current = current.ok_or(ConsentError::NotFound)?;
    let receipt = flow.store.decision(customer, current.decision).await?.ok_or(ConsentError::Erased)?.receipt;
    let signed = flow.sign(&receipt).await?;
    Ok(Some(Decided { receipt, signed }))
}

/// Signs, then writes: a failure of KMS leaves nothing behind.
async fn commit(
    flow: &Consent,
    ctx: &Ctx,
    customer: CustomerId,
    new: &NewDecision,
    current: Option<&Standing>,
) -> Result<Option<Decided>, ConsentError> {
    let signed = flow.sign(&new.receipt).await?;
    let spent = flow.store.decide(customer, new, current, None, ctx.now).await?;
    Ok(is_done(spent)?.then(|| Decided { receipt: new.receipt.clone(), signed }))
}
