//! How a request ends: with a code or an error, back at the app.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header::LOCATION};
use axum::response::{IntoResponse, Response};
use domain::oidc::{Answer, AuthorizationRequest, AuthorizeCode, RedirectTarget, RequestRefused, ResponseMode};
use domain::{ActKind, Actor, Handle, SignedDuration};
use edge::{Ctx, Problem};
use signin::{KnownClient, Waiting};
use store::{Allows, AuthorizationCode, BrowserSession, Grant, NewCode, OneTime, SessionAbout, Spent};

use crate::texts::texts;
use crate::{Authorize, AuthorizeError};

/// How long a code lives (RFC 6749 §4.1.2, FAPI 2.0 §5.3.2.1).
const CODE_FOR: SignedDuration = SignedDuration::from_secs(60);

/// What ends.
pub(crate) struct Ending<'a> {
    pub(crate) client: &'a KnownClient,
    pub(crate) request: &'a AuthorizationRequest,
    pub(crate) thing: Option<&'a OneTime>,
    pub(crate) pushed: Option<&'a str>,
}

impl<'a> Ending<'a> {
    /// A request that has waited.
    pub(crate) fn of(waits: &'a Waiting) -> Self {
        Self {
            client: &waits.client,
            request: &waits.interaction.request,
            thing: Some(&waits.thing),
            pushed: waits.interaction.pushed.as_deref(),
        }
    }
}

/// Issues a code and leads back with it.
pub(crate) async fn issue(
    flow: &Authorize,
    ctx: &Ctx,
    ending: &Ending<'_>,
    browser: &BrowserSession,
    allows: Option<&Allows>,
) -> Result<Response, AuthorizeError> {
    let (request, session) = (ending.request, &browser.session);
    let code = AuthorizationCode {
        client_id: request.client_id.clone(),
        redirect_uri: request.redirect_uri.clone(),
        code_challenge: request.code_challenge.clone(),
        nonce: request.nonce.clone(),
        customer: session.customer,
        epoch: session.epoch,
        auth_time: session.state.auth_time,
        proofs: session.proofs.clone(),
        about: SessionAbout { device: ctx.device.clone(), place: ctx.place.clone() },
        grant: Grant {
            parent: session.id,
            scope: request.scope.clone(),
            resource: request.resource.clone(),
            claims: request.claims.clone(),
            jkt: request.dpop_jkt.clone(),
        },
    };
    let handle = Handle::generate(&ctx.rng);
    let new = NewCode {
        handle: &handle,
        code: &code,
        lives: CODE_FOR,
        interaction: ending.thing,
        pushed: ending.pushed,
        allows,
    };
    let actor = Actor::Customer(session.customer);
    let cause = ctx.act(ActKind::AuthorizationGranted, actor).in_session(session.id);
    match flow.store.code_issue(&new, ctx.now, &cause).await? {
        Spent::Done => {}
        Spent::Changed if allows.is_some() => return Err(AuthorizeError::Changed),
        Spent::Gone | Spent::Taken | Spent::Changed => return Err(AuthorizeError::Gone),
    }
    ctx.count("CodesIssued", 1);
    lead_back(flow, ctx, ending.client, &ending.request.target(), Answer::Code(handle.reveal()))
}

/// Ends what waited without a code, and leads back with an error.
pub(crate) async fn refuse(
    flow: &Authorize,
    ctx: &Ctx,
    ending: &Ending<'_>,
    error: AuthorizeCode,
    description: &'static str,
) -> Result<Response, AuthorizeError> {
    if let Some(thing) = ending.thing {
        let cause = ctx.act(ActKind::AuthorizationRefused, Actor::Anonymous);
        match flow.store.interaction_end(thing, ending.pushed, ctx.now, &cause).await? {
            Spent::Done => {}
            Spent::Gone | Spent::Taken | Spent::Changed => return Err(AuthorizeError::Gone),
        }
    }
    tell(flow, ctx, ending.client, &ending.request.target(), RequestRefused::new(error, description))
}

/// Leads back with an error. Nothing was kept.
pub(crate) fn tell(
    flow: &Authorize,
    ctx: &Ctx,
    client: &KnownClient,
    target: &RedirectTarget,
    refused: RequestRefused,
) -> Result<Response, AuthorizeError> {
    lead_back(flow, ctx, client, target, Answer::Error(refused))
}

fn lead_back(
    flow: &Authorize,
    ctx: &Ctx,
    client: &KnownClient,
    target: &RedirectTarget,
    answer: Answer<'_>,
) -> Result<Response, AuthorizeError> {
    let fields = answer.fields(target.state.as_deref(), &ctx.issuer);
    match target.response_mode {
        ResponseMode::Query => Ok(see(&domain::oidc::with_query(&target.redirect_uri, &fields))),
        ResponseMode::FormPost => {
            let texts = texts(ctx.locale);
            let body = FormPost { action: &target.redirect_uri, fields: &fields, go_on: texts.go_on, script: SUBMIT };
            Ok(flow.pages(Some(client)).show_posting(ctx.locale, texts.form_post_title, &body, SUBMIT))
        }
    }
}

/// Posts the form at once. A browser without scripts shows its button.
const SUBMIT: &str = "document.forms[0].submit()";

/// The page that posts the answer (OAuth 2.0 Form Post Response Mode).
#[derive(Template)]
#[template(path = "form_post.html")]
struct FormPost<'a> {
    action: &'a str,
    fields: &'a [(&'static str, String)],
    go_on: &'a str,
    script: &'a str,
}

/// Leads on by `GET` (RFC 9700 §4.12).
pub(crate) fn see(address: &str) -> Response {
    match HeaderValue::from_str(address) {
        Ok(location) => (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response(),
        Err(error) => Problem::internal(&error).into_response(),
    }
}
