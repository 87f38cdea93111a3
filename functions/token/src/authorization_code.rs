//! The grant `authorization_code` (RFC 6749 §4.1.3): a list of checks, each with its paragraph.

use std::cmp::Ordering;

use domain::oidc::{pkce, redirect_uri};
use domain::{ActKind, Actor, Client, GrantType, Handle, Proofs, Timestamp, assurance};
use edge::{Ctx, Params, UnspentProof};
use signin::GrantedSession;
use store::{AuthorizationCode, CodeFacts, CodeFound, Grant, NewSession, OneTime, Spent};

use crate::token::Tokens;
use crate::{Token, TokenError, claims, family, grants};

/// Exchanges a code for the session that it buys. Signed first: while nothing can be signed, no code is spent.
pub(crate) async fn exchange(
    flow: &Token,
    ctx: &Ctx,
    client: &Client,
    params: &Params,
    proof: Option<&UnspentProof>,
) -> Result<Tokens, TokenError> {
    let handle = check_code(params)?;
    let (thing, code) = check_unused(flow, ctx, client, &handle, proof).await?;
    check_client(&code, client)?;
    check_redirect_uri(&code, params)?;
    check_verifier(&code, params)?;
    check_bound_key(&code, proof.map(UnspentProof::jkt))?;
    let jkt = grants::check_proof(client, None, proof.map(UnspentProof::jkt))?;
    let resource = grants::check_resource(&code.grant.resource, params)?;
    let facts = check_browser_session(flow, ctx, client, &code).await?;
    flow.spend(proof).await?;
    let session = begin(flow, ctx, client, &code, jkt);
    let tokens = sign(flow, ctx, client, &code, &session, &resource).await?;
    let cause = ctx.act(ActKind::SessionStarted, Actor::Customer(session.customer)).in_session(session.id);
    match flow.store.code_redeem(&thing, (&session, client.third_party), &facts, ctx.now, &cause).await? {
        Spent::Done => {
            flow.signin.limit_sessions(ctx, session.customer, session.epoch).await;
            Ok(tokens)
        }
        // Somebody was faster with the same code: what it bought ends, as for any that comes twice.
        Spent::Gone => check_unused(flow, ctx, client, &handle, None).await.and(Err(TokenError::InvalidCode)),
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
    proof: Option<&UnspentProof>,
) -> Result<(OneTime, AuthorizationCode), TokenError> {
    match flow.store.code_look(handle, ctx.now).await? {
        CodeFound::Good(found) => Ok(*found),
        // Another client's is none at all: it can't end what it could not have.
        CodeFound::Used(_, _, client_id) if client_id != client.client_id => Err(TokenError::InvalidCode),
        CodeFound::Used(customer, session, _) => {
            // A request that is shown again shows its proof again: that is told, and ends nothing.
            flow.spend(proof).await?;
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
/// too. And everything that was weighed when the code was issued is weighed again, by what holds now: whatever led to
/// it, it buys nothing that its customer has not proved there, and nothing that its client may not have.
pub(crate) async fn check_browser_session(
    flow: &Token,
    ctx: &Ctx,
    client: &Client,
    code: &AuthorizationCode,
) -> Result<CodeFacts, TokenError> {
    let facts = flow.store.code_facts(code, client.third_party).await?.ok_or(TokenError::InvalidCode)?;
    let CodeFacts { parent, security, allowed, .. } = &facts;
    let is_alive = parent.is_browser() && parent.is_alive(security, ctx.now) && parent.epoch == code.epoch;
    let is_proved = is_covered(code, parent.state.auth_time, &parent.proofs);
    let is_enough = parent.is_enough_for(flow.signin.asks(client));
    let is_allowed = !client.third_party || allowed.as_ref().is_some_and(|allowed| allowed.covers(&code.grant.scope));
    let is_good = is_alive && is_proved && is_enough && is_allowed && may_have(client, code);
    if is_good { Ok(facts) } else { Err(TokenError::InvalidCode) }
}

/// Whether a code says no more than what was proved in the browser's session: what was last, or, where its customer
/// has signed in again since, nothing of a higher level than that.
fn is_covered(code: &AuthorizationCode, auth_time: Timestamp, proofs: &Proofs) -> bool {
    match code.auth_time.cmp(&auth_time) {
        Ordering::Equal => code.proofs == *proofs,
        Ordering::Less => assurance(&code.proofs.all()) <= assurance(&proofs.all()),
        Ordering::Greater => false,
    }
}

/// Whether the client is registered for all of it, now. A device was sent nowhere.
fn may_have(client: &Client, code: &AuthorizationCode) -> bool {
    let Grant { scope, resource, .. } = &code.grant;
    let is_sent_there =
        code.redirect_uri.is_empty() || redirect_uri::is_registered(&client.redirect_uris, &code.redirect_uri);
    is_sent_there
        && scope.iter().all(|scope| client.may_ask(scope))
        && resource.iter().all(|resource| client.may_reach(resource))
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
    fn a_code_says_no_more_than_its_browser_has_proved() {
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        let by = |seconds, proofs: &[Proof]| {
            proofs.iter().skip(1).fold(Proofs::of(proofs[0], at(seconds)), |all, proof| all.and(*proof, at(seconds)))
        };
        let (one, two) = (&[Proof::Password][..], &[Proof::Password, Proof::Totp][..]);
        let is_good = |(code_at, said): (i64, &[Proof]), (session_at, proved): (i64, &[Proof])| {
            let code = AuthorizationCode { auth_time: at(code_at), proofs: by(code_at, said), ..code(None, None) };
            is_covered(&code, at(session_at), &by(session_at, proved))
        };
        assert!(is_good((1, one), (1, one)) && is_good((1, two), (1, two)));
        assert!(!is_good((1, two), (1, one)), "more than was proved");
        assert!(!is_good((1, one), (1, two)), "something else than was proved");
        assert!(!is_good((2, one), (1, one)), "later than it was proved");
        assert!(is_good((1, one), (2, one)) && is_good((1, one), (2, two)) && is_good((1, two), (2, two)));
        assert!(!is_good((1, two), (2, one)), "signed in again by less");
    }

    #[test]
    fn a_code_buys_what_its_client_may_have_now() {
        let shop = Client {
            redirect_uris: vec!["https://shop.example/cb".to_owned()],
            resources: vec!["https://orders.example".to_owned()],
            ..Client::new("shop", "Shop")
        };
        let with = |scope: &str, resource: &[&str], redirect_uri: &str| {
            let code = code(None, None);
            let grant = Grant {
                scope: scope.split(' ').map(str::to_owned).collect(),
                resource: resource.iter().map(|&one| one.to_owned()).collect(),
                ..code.grant
            };
            may_have(&shop, &AuthorizationCode { redirect_uri: redirect_uri.to_owned(), grant, ..code })
        };
        let home = "https://shop.example/cb";
        assert!(with("openid email", &["https://orders.example"], home) && with("openid", &[], ""));
        assert!(!with("openid account", &[], home));
        assert!(!with("openid offline_access", &[], home), "it may not have refresh tokens");
        assert!(!with("openid", &["https://other.example"], home));
        assert!(!with("openid", &[], "https://shop.example/old"));
    }

    #[test]
    fn a_bound_code_needs_its_key() {
        let is_good = |bound, proof| check_bound_key(&code(None, bound), proof).is_ok();
        assert!(is_good(None, None) && is_good(None, Some("a")) && is_good(Some("a"), Some("a")));
        assert!(!is_good(Some("a"), None) && !is_good(Some("a"), Some("b")));
    }
}
