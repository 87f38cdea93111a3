//! `POST /v1/passwordless/verify`: the code or link comes back to the app that asked for it.

use std::sync::Arc;

use axum::extract::State;
use domain::{ActKind, Actor, Code, FieldError, Handle, Proof, Proofs};
use edge::{Ctx, Json, Problem};
use serde::Deserialize;
use signin::{Along, Arriving, SignInAnswer};
use store::{Link, OneTime, OneTimeKind, TryOutcome};

use crate::{Passwordless, PasswordlessError};

/// What the mail brought, and what it belongs to. Either `code` or `token`.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MailedAnswer {
    /// What `/v1/passwordless` answered. Only the browser that asked has it, and a link is worth nothing
    /// without it.
    #[schema(example = "txn_2Sz5nWcXUYb0e1hQvFKtL3mXyD8rJqPa")]
    transaction: String,
    /// The six digits from the mail; blanks and hyphens between them do no harm.
    #[serde(default)]
    #[schema(example = "123456")]
    code: Option<String>,
    /// What stood behind `#token=` in the link.
    #[serde(default)]
    #[schema(pattern = "^[A-Za-z0-9_-]{43}\\.[A-Za-z0-9_-]{22}$")]
    token: Option<String>,
}

/// What came back.
enum Answer {
    Code(Code),
    Link(Link),
}

/// Sign in with a mailed code or link
///
/// Let the customer press a button before a link's token is sent here: mail programs open links too. A
/// code has five tries; code and link live ten minutes.
#[utoipa::path(post, path = "/v1/passwordless/verify", operation_id = "passwordless_verify", tag = "sign-in",
    request_body = MailedAnswer,
    responses((status = 200, description = "Signed in, or asked for another proof.", body = SignInAnswer)))]
pub(crate) async fn verify(
    State(flow): State<Arc<Passwordless>>,
    ctx: Ctx,
    Json(body): Json<MailedAnswer>,
) -> Result<Json<SignInAnswer>, Problem> {
    flow.check_offered()?;
    let answer = parse(&body)?;
    flow.limits.count(&ctx, &flow.store).await?;
    let handle = Handle::parse(&body.transaction).ok_or(PasswordlessError::Gone)?;
    let thing = proved(&flow, &ctx, &handle, &answer).await?;

    let asked = flow.store.email_sign_in(&thing).await?;
    let client = flow.client(&ctx, Some(&asked.client_id))?;
    let claimed = flow.store.customer_by_email(&asked.account).await?;
    let facts = flow.store.sign_in_facts(claimed, asked.device, ctx.now).await?;
    let facts = facts.filter(|facts| facts.security.status.provable(ctx.now).is_ok()).ok_or(PasswordlessError::Gone)?;
    let who = Arriving { facts: &facts, client, proofs: Proofs::of(Proof::Email, ctx.now), known: facts.known };
    let along = Along { spend: Some(&thing), ..Along::default() };
    Ok(Json(flow.signin.proceed(&ctx, who, along).await?))
}

fn parse(body: &MailedAnswer) -> Result<Answer, PasswordlessError> {
    let refused = |pointer, code, why| PasswordlessError::Fields(vec![FieldError::new(pointer, code, why)]);
    match (body.code.as_deref(), body.token.as_deref()) {
        (Some(code), None) => {
            Code::parse(code).map(Answer::Code).ok_or_else(|| refused("/code", "code", "is not six digits"))
        }
        (None, Some(token)) => Link::parse(token).map(Answer::Link).ok_or(PasswordlessError::BrokenLink),
        (None, None) => Err(refused("/code", "required", "is required, or a token")),
        (Some(_), Some(_)) => Err(refused("/token", "value", "may not come with a code")),
    }
}

/// The sign-in that this code or link belongs to, still to be spent.
async fn proved(
    flow: &Passwordless,
    ctx: &Ctx,
    handle: &Handle,
    answer: &Answer,
) -> Result<OneTime, PasswordlessError> {
    let thing = match answer {
        Answer::Code(code) => {
            let cause = ctx.act(ActKind::CodeTried, Actor::Anonymous);
            match flow.store.code_try(handle, code, ctx.now, &cause).await? {
                TryOutcome::Right(thing) => thing,
                TryOutcome::Wrong { left } => return Err(PasswordlessError::WrongCode(left)),
                TryOutcome::Gone => return Err(PasswordlessError::Gone),
            }
        }
        // Not counted: 128 bits can't be guessed.
        Answer::Link(link) => {
            let thing = flow.store.one_time(handle, ctx.now).await?.ok_or(PasswordlessError::Gone)?;
            if !flow.store.link_is(&thing, link).await? {
                return Err(PasswordlessError::Gone);
            }
            thing
        }
    };
    if thing.kind == OneTimeKind::EmailSignIn { Ok(thing) } else { Err(PasswordlessError::Gone) }
}
