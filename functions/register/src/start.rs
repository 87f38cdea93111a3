//! `POST /v1/register`: a registration begins.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use domain::{
    ActKind, Actor, Client, Code, ConfigError, Delivery, Email, FieldError, Handle, Message, Password, Registry,
    Secret, Settings, SignedDuration,
};
use edge::{Ctx, Json, Problem, limits};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};
use signin::consents::{self, Wanted as WantedConsent, WantedRefused};
use signin::{CodesPerAddress, Started};
use store::{Limit, OneTime, PendingRegistration, Send};

use crate::{Register, RegisterError};

/// What a customer gives. Only the address is needed.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Registration {
    /// The address; a code and a link are sent to it.
    #[schema(format = "email", max_length = 254, example = "ada@example.com")]
    email: String,
    /// A password: 8 to 1,024 characters of any kind, unless the deployment says otherwise. It
    /// counts only if the code comes back with this transaction.
    #[serde(default)]
    #[schema(format = "password", example = "correct horse battery staple")]
    password: Option<String>,
    /// Fields of the deployment's profile schema.
    #[serde(default)]
    #[schema(value_type = Option<Object>, example = json!({"given_name": "Ada"}))]
    profile: Option<Map<String, Value>>,
    /// Decisions by purpose: `true` or `false`, or `{"granted": …, "version": …}` with the version that
    /// was shown.
    #[serde(default)]
    #[schema(example = json!({"newsletter": false}))]
    consents: Option<BTreeMap<String, WantedConsent>>,
    /// The language of mails: a BCP 47 tag. `Accept-Language` where it is left out.
    #[serde(default)]
    #[schema(max_length = 35, pattern = "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$", example = "de")]
    locale: Option<String>,
    /// Whose law protects the customer: an ISO 3166-1 country, or a group such as `EU`. Only where the
    /// deployment asks for it; the app's, or the deployment's, where it is left out.
    #[serde(default)]
    #[schema(max_length = 12, pattern = "^[A-Z]{2,12}$", example = "DE")]
    jurisdiction: Option<String>,
    /// The app; the built-in first-party client where it is left out.
    #[serde(default)]
    #[schema(example = "portico")]
    client_id: Option<String>,
}

/// How many registrations may begin.
pub(crate) struct Limits {
    per_address: CodesPerAddress,
    per_client: u64,
}

const WINDOW: SignedDuration = SignedDuration::from_hours(1);
const MAX_CONSENTS: usize = 20;

impl Limits {
    /// Reads `LIMIT_REGISTER_PER_CLIENT` (100 an hour) and what one address is sent.
    pub(crate) fn read(settings: &Settings) -> Result<Self, ConfigError> {
        Ok(Self {
            per_address: CodesPerAddress::read(settings)?,
            per_client: settings.number("LIMIT_REGISTER_PER_CLIENT", 100)?,
        })
    }
}

/// Begin a registration
///
/// Sends a six-digit code and a link. The answer is the same for an address that has an account;
/// its owner is told by mail.
#[utoipa::path(post, path = "/v1/register", tag = "registration", request_body = Registration,
    responses((status = 202, description = "A mail is on its way.", body = Started)))]
pub(crate) async fn register(
    State(flow): State<Arc<Register>>,
    ctx: Ctx,
    headers: HeaderMap,
    Json(body): Json<Registration>,
) -> Result<(StatusCode, Json<Started>), Problem> {
    let client = flow.clients.direct(body.client_id.as_deref()).ok_or(RegisterError::UnknownClient)?;
    ctx.client(&client.client_id);
    let registry = match (&body.consents, consents::opts_out(&headers)) {
        (None, false) => None,
        (_, opts_out) => Some((flow.store.registry(&flow.purposes, ctx.now).await?, opts_out)),
    };
    let registry = registry.as_ref().map(|(registry, opts_out)| (&**registry, *opts_out));
    let wanted = parse(&flow, &ctx, body, client, registry)?;

    let account = flow.store.email_index(&wanted.pending.email).await?;
    let addr = limits::client_addr(&ctx, &flow.store).await?;
    let by_account = flow.limits.per_address.of(&account);
    let by_client = (Limit::new("register-client", flow.limits.per_client, WINDOW), addr.as_str().to_owned());
    limits::count(&ctx, &flow.store, &[by_client, by_account]).await.map_err(RegisterError::Limited)?;

    let pending = hash(&flow, &ctx, wanted).await?;
    let (handle, code) = (Handle::generate(&ctx.rng), Code::generate(&ctx.rng));
    let link = flow.store.link_new(&handle);
    let message = Message::Registration {
        code: code.clone(),
        link: Secret::new(format!("{}/verify?token={}", ctx.issuer, link.reveal())),
        expires_at: ctx.now + OneTime::LIFETIME,
    };
    let (to, locale, issuer) = (pending.email.clone().into(), pending.locale, ctx.issuer.clone());
    let delivery = Delivery { to, locale, issuer, jurisdiction: pending.jurisdiction.clone(), message };
    let send = Send::new(delivery, ctx.now, &ctx.rng);
    let cause = ctx.act(ActKind::RegistrationStarted, Actor::Anonymous);
    flow.store.registration_start(&handle, &code, &link, &pending, &send, ctx.now, &cause).await?;

    Ok((StatusCode::ACCEPTED, Json(Started::by_mail(&handle, &pending.email))))
}

/// A registration whose fields are all good; its password is not hashed yet.
struct Wanted {
    pending: PendingRegistration,
    password: Option<Password>,
}

/// Reads what was sent; `registry` is there where it is needed, with whether the browser opts out of
/// sale and sharing.
fn parse(
    flow: &Register,
    ctx: &Ctx,
    body: Registration,
    client: &Client,
    registry: Option<(&Registry, bool)>,
) -> Result<Wanted, RegisterError> {
    let mut errors = Vec::new();
    let email =
        Email::parse(&body.email).map_err(|why| errors.push(FieldError::new("/email", "email", why.to_string())));
    let profile = body.profile.unwrap_or_default();
    errors.extend(flow.schema.check_registration(&profile, "/profile"));
    let consents = body.consents.unwrap_or_default();
    if consents.len() > MAX_CONSENTS {
        errors.push(FieldError::new("/consents", "purpose", "has too many purposes"));
    }
    let locale = signin::locale(ctx, body.locale.as_deref()).unwrap_or_else(|wrong| {
        errors.push(wrong);
        ctx.locale
    });
    let decisions = registry.map_or(Ok(Vec::new()), |(registry, opts_out)| {
        consents::at_registration(ctx, registry, &consents, &profile, (locale, opts_out))
    });
    let decisions = decisions.map_err(|refused| match refused {
        WantedRefused::Field(error) => {
            errors.push(error);
            None
        }
        WantedRefused::Outdated => Some(RegisterError::Outdated),
        WantedRefused::Underage => Some(RegisterError::Underage),
    });
    let jurisdiction = flow.residency.chosen(ctx, body.jurisdiction.as_deref()).unwrap_or_else(|wrong| {
        errors.push(wrong);
        None
    });
    let password = body.password.as_deref().map(Password::new);
    if let (Ok(email), Some(password)) = (&email, &password) {
        errors.extend(flow.passwords.check(password, email, "/password").err());
    }
    match (email, decisions) {
        (Ok(email), Ok(decisions)) if errors.is_empty() => {
            let (client_id, jurisdiction) = (client.client_id.clone(), jurisdiction.or(client.jurisdiction.clone()));
            let pending =
                PendingRegistration { email, password: None, profile, decisions, locale, jurisdiction, client_id };
            Ok(Wanted { pending, password })
        }
        (_, Err(Some(refused))) if errors.is_empty() => Err(refused),
        _ => Err(RegisterError::Fields(errors)),
    }
}

async fn hash(flow: &Register, ctx: &Ctx, wanted: Wanted) -> Result<PendingRegistration, RegisterError> {
    let password = match &wanted.password {
        Some(password) => Some(Secret::new(flow.passwords.hash(password, &ctx.rng).await?.reveal().to_owned())),
        None => None,
    };
    Ok(PendingRegistration { password, ..wanted.pending })
}
