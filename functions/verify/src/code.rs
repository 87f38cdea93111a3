//! `POST /v1/verify`: a code comes back to the app that asked for it.

use std::sync::Arc;

use axum::extract::State;
use domain::{
    ActKind, Actor, Code, CustomerId, Delivery, Factors, FieldError, Handle, Message, Missing, PasswordHash, Proof,
    Proofs, Secret, SessionKind,
};
use edge::{Ctx, Json, Problem};
use serde::{Deserialize, Serialize};
use signin::consents::Reader;
use signin::{SignInAnswer, missing_at_registration};
use store::{NewCustomer, OneTime, PendingSignIn, Send, Store, TryOutcome};

use crate::{ByCode, Verify, VerifyError, all_done, verified_by_code};

/// A code, and what it belongs to.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VerificationRequest {
    /// What `/v1/register`, `/v1/me/email` or `/v1/verify/resend` answered.
    #[schema(example = "txn_2Sz5nWcXUYb0e1hQvFKtL3mXyD8rJqPa")]
    transaction: String,
    /// The six digits from the mail; blanks and hyphens between them do no harm.
    #[schema(example = "123456")]
    code: String,
}

/// What the code brought about.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub(crate) enum Verified {
    /// A registration: the customer exists, and is signed in unless a second factor is missing.
    SignedIn(SignInAnswer),
    /// A change of address.
    EmailChanged(EmailChanged),
}

/// The new address is the customer's; sessions go on.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct EmailChanged {
    /// Always `email_changed`.
    status: EmailChangedStatus,
}

/// That the address was changed.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EmailChangedStatus {
    /// It was.
    EmailChanged,
}

/// Verify an address with its code
///
/// Creates the customer of a registration and signs them in, or gives a customer the address that
/// they asked for. A code has five tries and lives ten minutes.
#[utoipa::path(post, path = "/v1/verify", tag = "registration", request_body = VerificationRequest,
    responses((status = 200, description = "The address is verified.", body = Verified)))]
pub(crate) async fn verify(
    State(flow): State<Arc<Verify>>,
    ctx: Ctx,
    Json(body): Json<VerificationRequest>,
) -> Result<Json<Verified>, Problem> {
    let code = Code::parse(&body.code)
        .ok_or_else(|| VerifyError::Fields(vec![FieldError::new("/code", "code", "is not six digits")]))?;
    flow.count(&ctx).await?;
    let handle = Handle::parse(&body.transaction).ok_or(VerifyError::Gone)?;

    let cause = ctx.act(ActKind::CodeTried, Actor::Anonymous);
    let thing = match flow.store.code_try(&handle, &code, ctx.now, &cause).await? {
        TryOutcome::Right(thing) => thing,
        TryOutcome::Wrong { left } => return Err(VerifyError::WrongCode(left).into()),
        TryOutcome::Gone => return Err(VerifyError::Gone.into()),
    };
    let verified = match verified_by_code(thing.kind)? {
        ByCode::Registration => Verified::SignedIn(create(&flow, &ctx, &thing).await?),
        ByCode::EmailChange => Verified::EmailChanged(change(&flow, &ctx, &thing).await?),
    };
    Ok(Json(verified))
}

/// The registration becomes a customer with a session. Only here do the password and all else that
/// came with it count: the code came back with the handle that set them.
async fn create(flow: &Verify, ctx: &Ctx, thing: &OneTime) -> Result<SignInAnswer, VerifyError> {
    let pending = flow.store.registration(thing).await?;
    let client = flow.clients.direct(Some(&pending.client_id)).ok_or(VerifyError::UnknownClient)?;
    ctx.client(&client.client_id);
    let index = flow.store.email_index(&pending.email).await?;
    let password = pending.password.map(|hash| PasswordHash::stored(hash.into_inner()));

    let id = CustomerId::generate(ctx.now, &ctx.rng);
    let to = Reader { email: &pending.email, locale: pending.locale, jurisdiction: pending.jurisdiction.as_ref() };
    let wanted = flow.store.objections_heeded(&index, pending.decisions).await?;
    let decisions = flow.consents.of_registration(ctx, &flow.store, id, to, wanted);
    let proofs = Proofs::of(Proof::Email, ctx.now);
    let mut new = NewCustomer {
        id,
        email: &pending.email,
        index: &index,
        password: password.as_ref(),
        profile: pending.profile,
        decisions,
        locale: pending.locale,
        jurisdiction: pending.jurisdiction,
        session: None,
        pending: None,
    };
    let cause = ctx.act(ActKind::CustomerCreated, Actor::Customer(id));
    let (answer, cause) = match missing_at_registration(flow.signin.policy(), ctx, client, &proofs) {
        Missing::Nothing | Missing::Proof(_) => {
            let session = flow.signin.begin(ctx, id, Store::FIRST_EPOCH, &client.client_id, proofs);
            let answer = flow.signin.answer(ctx, client, &session, None, &index).await?;
            let cause = cause.in_session(session.id);
            new.session = Some(session);
            (SignInAnswer::Complete(Box::new(answer)), cause)
        }
        Missing::Factor(methods) => {
            let handle = Handle::generate(&ctx.rng);
            let waits = PendingSignIn {
                customer: id,
                epoch: Store::FIRST_EPOCH,
                account: index.clone(),
                client_id: client.client_id.clone(),
                kind: SessionKind::App,
                proofs,
                methods,
                enrolling: true,
                device: None,
                step_up: None,
            };
            let answer = flow.signin.required(&handle, &waits, &Factors::default(), None);
            new.pending = Some((handle, waits));
            (SignInAnswer::Missing(answer), cause)
        }
    };
    all_done(flow.store.customer_create(thing, new, ctx.now, &cause).await?)?;
    ctx.count("CustomersCreated", 1);
    Ok(answer)
}

/// The new address takes effect, and the old one is told how to undo it.
async fn change(flow: &Verify, ctx: &Ctx, thing: &OneTime) -> Result<EmailChanged, VerifyError> {
    let change = flow.store.email_change(thing).await?;
    let customer = flow.store.customer(change.customer).await?.ok_or(VerifyError::Gone)?;

    let undo = Handle::generate(&ctx.rng);
    let link = flow.store.link_new(&undo);
    let message = Message::EmailChanged {
        new_masked: change.email.masked(),
        undo_link: Secret::new(format!("{}/verify/undo?token={}", ctx.issuer, link.reveal())),
        undo_until: ctx.now + Store::UNDO_FOR,
        at: ctx.now,
    };
    let (to, locale, issuer) = (customer.data.email.clone().into(), customer.locale, ctx.issuer.clone());
    let jurisdiction = customer.jurisdiction.clone();
    let delivery = Delivery { to, locale, issuer, jurisdiction, message };
    let notice = Send::new(delivery, ctx.now, &ctx.rng).about(customer.id);
    let cause = ctx.act(ActKind::EmailChanged, Actor::Customer(customer.id));
    let spent =
        flow.store.email_change_finish(thing, &change, &customer, (&undo, &link), &notice, ctx.now, &cause).await?;
    all_done(spent)?;
    Ok(EmailChanged { status: EmailChangedStatus::EmailChanged })
}
