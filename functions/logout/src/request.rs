//! What an app asks when it sends a browser to be logged out (OpenID Connect RP-Initiated Logout §2).

use domain::oidc::with_query;
use domain::{Client, IdToken, Locale, jws};
use edge::{Ctx, Params};
use signin::KnownClient;

use crate::{Logout, LogoutError};

/// A request, read.
pub(crate) struct Request {
    /// Who asks, where that is known.
    pub(crate) client: Option<KnownClient>,
    /// The session that its ID token was issued in, and to whom.
    pub(crate) hint: Option<(String, String)>,
    /// Where to go after: one that the client has registered.
    pub(crate) target: Option<Target>,
    /// The language of the pages.
    pub(crate) locale: Locale,
}

/// Where a browser goes after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) uri: String,
    pub(crate) state: Option<String>,
}

impl Target {
    /// The address, with what the client wants back.
    pub(crate) fn address(&self) -> String {
        let fields: Vec<_> = self.state.iter().map(|state| ("state", state.clone())).collect();
        if fields.is_empty() { self.uri.clone() } else { with_query(&self.uri, &fields) }
    }
}

/// Reads a request. A hint that can't be believed any more, for its key is gone or it is nobody's, is as good as
/// none: the customer is asked then.
pub(crate) async fn read(flow: &Logout, ctx: &Ctx, params: &Params) -> Result<Request, LogoutError> {
    let hint = match params.text("id_token_hint") {
        None => None,
        Some(hint) => {
            let keys = flow.store.key_schedule(ctx.now).await?;
            jws::verify_past::<IdToken>(hint, &keys, &ctx.issuer, ctx.now).ok()
        }
    };
    let client = check_client(flow, ctx, params.text("client_id"), hint.as_ref()).await?;
    let target = check_target(params, client.as_deref())?;
    let locales = params.text("ui_locales").unwrap_or_default();
    let locale = locales.split(' ').find_map(Locale::parse).unwrap_or(ctx.locale);
    Ok(Request { client, hint: hint.map(|token| (token.sub, token.sid)), target, locale })
}

async fn check_client(
    flow: &Logout,
    ctx: &Ctx,
    client_id: Option<&str>,
    hint: Option<&IdToken>,
) -> Result<Option<KnownClient>, LogoutError> {
    if let (Some(client_id), Some(hint)) = (client_id, hint)
        && client_id != hint.aud
    {
        return Err(LogoutError::OtherClient);
    }
    match client_id.or(hint.map(|hint| hint.aud.as_str())) {
        None => Ok(None),
        Some(id) => flow.clients.find(ctx, id).await?.map(Some).ok_or(LogoutError::UnknownClient),
    }
}

/// Exactly one that the client has registered (§3): anything else, and the browser goes nowhere.
fn check_target(params: &Params, client: Option<&Client>) -> Result<Option<Target>, LogoutError> {
    let Some(uri) = params.text("post_logout_redirect_uri") else { return Ok(None) };
    let is_registered = client.is_some_and(|client| client.post_logout_redirect_uris.iter().any(|own| own == uri));
    let state = params.text("state").filter(|state| state.len() <= 2048).map(str::to_owned);
    if is_registered { Ok(Some(Target { uri: uri.to_owned(), state })) } else { Err(LogoutError::Redirect) }
}

/// Where the same request is opened by `GET`.
pub(crate) fn address(params: &Params) -> String {
    const NAMES: [&str; 6] =
        ["id_token_hint", "client_id", "post_logout_redirect_uri", "state", "logout_hint", "ui_locales"];
    let fields = NAMES.into_iter().filter_map(|name| Some((name, params.text(name)?.to_owned())));
    with_query("/oauth2/logout", &fields.collect::<Vec<_>>())
}
