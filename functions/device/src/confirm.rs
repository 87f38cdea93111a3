//! `GET` and `POST /device/confirm`: whoever is signed in sees which app asks, compares the code, and decides.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::oidc::UserCode;
use domain::{ActKind, Actor};
use edge::{Ctx, Form, Problem, Query};
use pages::{ButtonRefused, PageRefused, Words, lead_on};
use serde::Deserialize;
use signin::{Waiting, browser_session};
use store::{
    Allowance, Allows, AuthorizationCode, BrowserSession, DeviceRequest, Grant, OneTime, Purpose, SessionAbout, Spent,
};

use crate::texts::{Texts, texts};
use crate::{Device, DeviceError};

/// Which request.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Opened {
    transaction: String,
}

/// What the buttons of the page send.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DeviceDecided)]
pub(crate) struct Decided {
    /// What waits.
    #[schema(example = "txn_2Sz5nWcXUYb0e1hQvFKtL3mXyD8rJqPa")]
    transaction: String,
    /// `allow` or `deny`.
    #[schema(example = "allow")]
    decision: Decision,
}

/// What was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DeviceDecision)]
pub(crate) enum Decision {
    /// The device may have it.
    Allow,
    /// It may not, or nobody wants to sign in.
    Deny,
}

#[derive(Template)]
#[template(path = "confirm.html")]
struct ConfirmPage<'a> {
    texts: &'a Texts,
    lead: String,
    user_code: &'a str,
    place: Option<String>,
    scopes: Vec<&'a str>,
    transaction: &'a str,
}

/// The page that asks whether a device may sign in
#[utoipa::path(get, path = "/device/confirm", operation_id = "device_confirm_page", tag = "pages",
    params(("transaction" = String, Query, description = "What waits.")),
    responses((status = 200, description = "The page.", body = String, content_type = "text/html"),
        (status = 303, description = "To sign in."), PageRefused))]
pub(crate) async fn page(
    State(flow): State<Arc<Device>>,
    ctx: Ctx,
    headers: HeaderMap,
    query: Result<Query<Opened>, Problem>,
) -> Response {
    look(&flow, &ctx, &headers, query).await.unwrap_or_else(|error| flow.refuse(ctx.locale, error))
}

/// Allow a device to sign in, or refuse
///
/// The buttons of the page that asks, and of the pages to sign in, where nobody wants to.
#[utoipa::path(post, path = "/device/confirm", operation_id = "device_confirm", tag = "pages",
    request_body(content = Decided, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "It is decided.", body = String, content_type = "text/html"),
        (status = 303, description = "To sign in."), ButtonRefused))]
pub(crate) async fn decide(
    State(flow): State<Arc<Device>>,
    ctx: Ctx,
    headers: HeaderMap,
    form: Result<Form<Decided>, Problem>,
) -> Response {
    press(&flow, &ctx, &headers, form).await.unwrap_or_else(|error| flow.refuse(ctx.locale, error))
}

/// What a device asks for, and what waits for it in this browser.
struct Asked {
    waits: Waiting,
    user_code: String,
    typed: OneTime,
    request: DeviceRequest,
}

impl Asked {
    async fn find(flow: &Device, ctx: &Ctx, headers: &HeaderMap, transaction: &str) -> Result<Self, DeviceError> {
        let waits = Waiting::find(&flow.store, &flow.clients, ctx, headers, transaction).await?;
        let waits = waits.ok_or(DeviceError::Gone)?;
        let Purpose::Device(user_code) = waits.interaction.purpose.clone() else { return Err(DeviceError::Gone) };
        let code = UserCode::parse(&user_code).ok_or(DeviceError::Gone)?;
        let (typed, request) = flow.store.device_request(&code, ctx.now).await?.ok_or(DeviceError::Gone)?;
        // The letters may have been drawn again, for another app.
        if request.request != waits.interaction.request {
            return Err(DeviceError::Gone);
        }
        Ok(Self { waits, user_code, typed, request })
    }

    fn allowance(&self) -> Allowance<'_> {
        Allowance { interaction: &self.waits.thing, typed: &self.typed, request: &self.request }
    }
}

/// Who is signed in here, as surely as the app asks.
async fn who(
    flow: &Device,
    ctx: &Ctx,
    headers: &HeaderMap,
    asked: &Asked,
) -> Result<Option<BrowserSession>, DeviceError> {
    let client = &asked.waits.client;
    let of_others = client.third_party.then_some(client.client_id.as_str());
    let browser = browser_session(&flow.store, ctx, headers, of_others).await?;
    // Nobody comes in by the app that asks for the least.
    let asks = client.mfa.unwrap_or(flow.policy.mfa);
    Ok(browser.filter(|browser| browser.session.is_enough_for(asks)))
}

fn to_sign_in(asked: &Asked) -> Response {
    lead_on(&format!("/sign-in?transaction={}", asked.waits.handle.reveal()))
}

async fn look(
    flow: &Device,
    ctx: &Ctx,
    headers: &HeaderMap,
    query: Result<Query<Opened>, Problem>,
) -> Result<Response, DeviceError> {
    let Query(Opened { transaction }) = query.map_err(DeviceError::Unreadable)?;
    let asked = Asked::find(flow, ctx, headers, &transaction).await?;
    if who(flow, ctx, headers, &asked).await?.is_none() {
        return Ok(to_sign_in(&asked));
    }
    let (locale, client) = (asked.waits.locale(ctx), &asked.waits.client);
    let (texts, pages) = (texts(locale), flow.pages(client));
    let app = pages::isolated(locale, &client.client_name);
    let page = ConfirmPage {
        texts,
        lead: (texts.confirm_lead)(&app, &pages.brand(locale)),
        user_code: &asked.user_code,
        place: asked.request.place.as_deref().map(|place| (texts.place)(&pages::isolated(locale, place))),
        scopes: asked.request.request.scope.iter().map(|scope| pages::scope(locale, scope)).collect(),
        transaction: asked.waits.handle.reveal(),
    };
    Ok(pages.show(locale, &(texts.confirm_title)(&app), &page))
}

async fn press(
    flow: &Device,
    ctx: &Ctx,
    headers: &HeaderMap,
    form: Result<Form<Decided>, Problem>,
) -> Result<Response, DeviceError> {
    let Form(Decided { transaction, decision }) = form.map_err(DeviceError::Unreadable)?;
    // What is allowed is added to what was: somebody may be adding to it elsewhere.
    for _ in 0..3 {
        let asked = Asked::find(flow, ctx, headers, &transaction).await?;
        let texts = texts(asked.waits.locale(ctx));
        let (spent, told) = match (decision, who(flow, ctx, headers, &asked).await?) {
            (Decision::Allow, None) => return Ok(to_sign_in(&asked)),
            (Decision::Allow, Some(browser)) => (allow(flow, ctx, &asked, &browser).await?, texts.allowed),
            (Decision::Deny, browser) => {
                let actor = browser.map_or(Actor::Anonymous, |browser| Actor::Customer(browser.session.customer));
                let cause = ctx.act(ActKind::AuthorizationRefused, actor);
                (flow.store.device_refuse(&asked.allowance(), ctx.now, &cause).await?, texts.denied)
            }
        };
        match spent {
            Spent::Done => return Ok(tell(flow, ctx, &asked, told)),
            Spent::Changed => {}
            Spent::Gone | Spent::Taken => return Err(DeviceError::Gone),
        }
    }
    Err(DeviceError::Gone)
}

async fn allow(flow: &Device, ctx: &Ctx, asked: &Asked, browser: &BrowserSession) -> Result<Spent, DeviceError> {
    let (client, request, session) = (&asked.waits.client, &asked.request.request, &browser.session);
    let granted = AuthorizationCode {
        client_id: client.client_id.clone(),
        redirect_uri: String::new(),
        code_challenge: None,
        nonce: None,
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
            jkt: None,
        },
    };
    let allows = Allows::more(browser.allowed.as_ref(), &client.client_id, &request.scope, ctx.now);
    let allows = client.third_party.then_some(&allows);
    let cause = ctx.act(ActKind::AuthorizationGranted, Actor::Customer(session.customer)).in_session(session.id);
    let spent = flow.store.device_allow(&asked.allowance(), &granted, allows, ctx.now, &cause).await?;
    if spent == Spent::Done {
        ctx.count("DevicesAllowed", 1);
    }
    Ok(spent)
}

fn tell(flow: &Device, ctx: &Ctx, asked: &Asked, [title, text]: [&str; 2]) -> Response {
    flow.pages(&asked.waits.client).show(asked.waits.locale(ctx), title, &Words::new(title, [text]))
}
