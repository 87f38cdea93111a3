//! The grant `authorization_code` (RFC 6749 §4.1.3): a list of checks, each with its paragraph.

use domain::oidc::pkce;
use domain::{ActKind, Actor, Client, GrantType, Handle};
use edge::{Ctx, Params};
use signin::GrantedSession;
use store::{AuthorizationCode, CodeFound, DataKey, Grant, NewSession, OneTime, Spent};

use crate::token::Tokens;
use crate::{Token, TokenError, claims, family, grants};

/// Exchanges a code for the session that it buys. Signed first: while nothing can be signed, no code is spent.
pub(crate) async fn exchange(
    flow: &Token,
    ctx: &Ctx,
    client: &Client,
    params: &Params,
    proof: Option<String>,
) -> Result<Tokens, TokenError> {
    let handle = check_code(params)?;
    let (thing, code) = check_unused(flow, ctx, client, &handle).await?;
    check_client(&code, client)?;
    check_redirect_uri(&code, params)?;
    check_verifier(&code, params)?;
    check_bound_key(&code, proof.as_deref())?;
    let jkt = grants::check_proof(client, None, proof)?;
    let resource = grants::check_resource(&code.grant.resource, params)?;
    let data_key = check_browser_session(flow, ctx, &code).await?;
    let session = begin(flow, ctx, client, &code, jkt);
    let tokens = sign(flow, ctx, client, &code, &session, &resource).await?;
    let cause = ctx.act(ActKind::SessionStarted, Actor::Customer(session.customer)).in_session(session.id);
    match flow.store.code_redeem(&thing, (&session, client.third_party), &data_key, ctx.now, &cause).await? {
        Spent::Done => {
            flow.signin.limit_sessions(ctx, session.customer, session.epoch).await;
            Ok(tokens)
        }
        // Somebody was faster with the same code: what it bought ends, as for any that comes twice.
        Spent::Gone => check_unused(flow, ctx, client, &handle).await.and(Err(TokenError::InvalidCode)),
        Spent::Taken | Spent::Changed => Err(TokenError::InvalidCode),
    }
}

fn check_code(params: &Params) -> Result<Handle, TokenError> {
    let text = params.required("code").map_err(TokenError::Malformed)?;
    Handle::parse(text).ok_or(TokenError::InvalidCode)
}

/// §4.1.2 and §10.5: who brings a code a second time has copied it, or was copied. What it bought ends.
async fn check_unused(
    flow: &Token,
    ctx: &Ctx,
    client: &Client,
    handle: &Handle,
) -> Result<(OneTime, AuthorizationCode), TokenError> {
    match flow.store.code_look(handle, ctx.now).await? {
        CodeFound::Good(found) => Ok(*found),
        // Another client's is none at all: it can't end what it could not have.
        CodeFound::Used(_, _, client_id) if client_id != client.client_id => Err(TokenError::InvalidCode),
        CodeFound::Used(customer, session, _) => {
            if let Some((bought, _)) = flow.store.session(customer, session).await? {
                let by = Actor::Client(client.client_id.clone());
                family::end(flow, ctx, &bought, (ActKind::CodeReused, by)).await?;
            }
            Err(TokenError::InvalidCode)
        }
        CodeFound::Gone => Err(TokenError::InvalidCode),
    }
}

/// §4.1.3: issued to this client.
fn check_client(code: &AuthorizationCode, client: &Client) -> Result<(), TokenError> {
    if code.client_id == client.client_id { Ok(()) } else { Err(TokenError::InvalidCode) }
}

/// §4.1.3: the same, letter by letter. A request always names it, so that it must be here too.
fn check_redirect_uri(code: &AuthorizationCode, params: &Params) -> Result<(), TokenError> {
    let given = params.required("redirect_uri").map_err(TokenError::Malformed)?;
    if given == code.redirect_uri { Ok(()) } else { Err(TokenError::OtherRedirect) }
}

/// RFC 7636 §4.6. A verifier where no challenge was sent means that somebody took it out of the request
/// (RFC 9700 §2.1.1 and §4.8.2).
fn check_verifier(code: &AuthorizationCode, params: &Params) -> Result<(), TokenError> {
    match (&code.code_challenge, params.text("code_verifier")) {
        (Some(challenge), Some(verifier)) if pkce::is_verified(challenge, verifier) => Ok(()),
        (None, None) => Ok(()),
        (Some(_), _) | (None, Some(_)) => Err(TokenError::WrongVerifier),
    }
}

/// RFC 9449 §10: a code that was asked for with a key is exchanged with it.
fn check_bound_key(code: &AuthorizationCode, proof: Option<&str>) -> Result<(), TokenError> {
    match (code.grant.jkt.as_deref(), proof) {
        (None, _) => Ok(()),
        (Some(_), None) => Err(TokenError::ProofMissing),
        (Some(bound), Some(proof)) if bound == proof => Ok(()),
        (Some(_), Some(_)) => Err(TokenError::OtherKey),
    }
}

/// The browser is still signed in as it was: a log-out, a new password or a locked account in between ends codes
/// too.
pub(crate) async fn check_browser_session(
    flow: &Token,
    ctx: &Ctx,
    code: &AuthorizationCode,
) -> Result<DataKey, TokenError> {
    let facts = flow.store.code_facts(code).await?;
    match facts {
        Some((parent, security, data_key)) if parent.is_alive(&security, ctx.now) && parent.epoch == code.epoch => {
            Ok(data_key)
        }
        Some(_) | None => Err(TokenError::InvalidCode),
    }
}

/// The session that the code buys: authenticated when its browser was, and from where.
pub(crate) fn begin(
    flow: &Token,
    ctx: &Ctx,
    client: &Client,
    code: &AuthorizationCode,
    jkt: Option<String>,
) -> NewSession {
    let begun = flow.signin.begin(ctx, code.customer, code.epoch, &client.client_id, code.proofs.clone());
    let state = domain::SessionState { auth_time: code.auth_time, ..begun.state };
    NewSession { state, about: code.about.clone(), grant: Some(Grant { jkt, ..code.grant.clone() }), ..begun }
}

pub(crate) async fn sign(
    flow: &Token,
    ctx: &Ctx,
    client: &Client,
    code: &AuthorizationCode,
    session: &NewSession,
    resource: &[String],
) -> Result<Tokens, TokenError> {
    let Some(grant) = &session.grant else { return Err(TokenError::InvalidCode) };
    let of = GrantedSession {
        customer: session.customer,
        session: session.id,
        epoch: session.epoch,
        auth_time: session.state.auth_time,
        proofs: &session.proofs.all(),
        grant,
        scope: &grant.scope,
        resource,
        nonce: code.nonce.as_deref(),
        claims: claims::of_id_token(flow, client, session.customer, grant).await?,
    };
    let signed = flow.signin.granted_tokens(ctx, client, of).await?;
    let refresh_token = if client.may(GrantType::RefreshToken) {
        Some(flow.store.refresh_token_encode(&session.refresh).await?)
    } else {
        None
    };
    Ok(Tokens::of_grant(signed, grant, &grant.scope, refresh_token))
}

#[cfg(test)]
mod tests {
    use domain::{CustomerId, Proof, Proofs, SessionId, Timestamp};
    use store::SessionAbout;

    use super::*;

    /// RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn code(challenge: Option<&str>, jkt: Option<&str>) -> AuthorizationCode {
        AuthorizationCode {
            client_id: "shop".to_owned(),
            redirect_uri: "https://shop.example/cb".to_owned(),
            code_challenge: challenge.map(str::to_owned),
            nonce: None,
            customer: CustomerId::from_bytes([1; 16]),
            epoch: 1,
            auth_time: Timestamp::UNIX_EPOCH,
            proofs: Proofs::of(Proof::Password, Timestamp::UNIX_EPOCH),
            about: SessionAbout { device: String::new(), place: None },
            grant: Grant {
                parent: SessionId::from_bytes([2; 16]),
                scope: vec!["openid".to_owned()],
                resource: vec![],
                claims: domain::oidc::ClaimsRequest::default(),
                jkt: jkt.map(str::to_owned),
            },
        }
    }

    fn params(query: &str) -> Params {
        Params::of_query(&format!("/?{query}").parse().unwrap()).unwrap()
    }

    #[test]
    fn a_verifier_belongs_to_a_challenge() {
        let is_good = |challenge, query: &str| check_verifier(&code(challenge, None), &params(query)).is_ok();
        let right = format!("code_verifier={VERIFIER}");
        assert!(is_good(Some(CHALLENGE), &right));
        assert!(is_good(None, ""));
        assert!(!is_good(Some(CHALLENGE), ""), "left out");
        assert!(!is_good(Some(CHALLENGE), "code_verifier="), "empty");
        assert!(!is_good(Some(CHALLENGE), &format!("code_verifier={}", "a".repeat(43))), "wrong");
        assert!(!is_good(Some(CHALLENGE), &format!("code_verifier={CHALLENGE}")), "the challenge itself");
        assert!(!is_good(None, &right), "downgraded");
    }

    #[test]
    fn a_code_goes_back_where_it_came_from() {
        let is_good = |query: &str| check_redirect_uri(&code(None, None), &params(query)).is_ok();
        assert!(is_good("redirect_uri=https%3A%2F%2Fshop.example%2Fcb"));
        for wrong in ["", "redirect_uri=https://shop.example/cb/", "redirect_uri=https://shop.example/cb?x"] {
            assert!(!is_good(wrong), "{wrong}");
        }
        let shop = Client::new("shop", "Shop");
        assert!(check_client(&code(None, None), &shop).is_ok());
        assert!(check_client(&code(None, None), &Client::new("Shop", "Shop")).is_err());
    }

    #[test]
    fn a_bound_code_needs_its_key() {
        let is_good = |bound, proof| check_bound_key(&code(None, bound), proof).is_ok();
        assert!(is_good(None, None) && is_good(None, Some("a")) && is_good(Some("a"), Some("a")));
        assert!(!is_good(Some("a"), None) && !is_good(Some("a"), Some("b")));
    }
}
