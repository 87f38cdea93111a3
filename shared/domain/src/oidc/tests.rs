use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};

use super::*;
use crate::{Client, Clients, ClientsError, GrantType, Key32, SignedDuration, Timestamp};

const ISSUER: &str = "https://id.example";
const TOKEN: &str = "https://id.example/oauth/token";
const NOW: i64 = 1_800_000_000;

fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

/// A key of a client.
struct Signer {
    pair: EcdsaKeyPair,
    random: SystemRandom,
}

impl Signer {
    fn new() -> Self {
        let (random, alg) = (SystemRandom::new(), &ECDSA_P256_SHA256_FIXED_SIGNING);
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(alg, &random).unwrap();
        Self { pair: EcdsaKeyPair::from_pkcs8(alg, pkcs8.as_ref(), &random).unwrap(), random }
    }

    fn jwk(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({"kty": "EC", "crv": "P-256", "x": number(&point[1..33]), "y": number(&point[33..])})
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let input = format!("{}.{}", part(header), part(claims));
        let signature = self.pair.sign(&self.random, input.as_bytes()).unwrap();
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }

    fn client(&self) -> Client {
        Client {
            grant_types: vec![GrantType::AuthorizationCode],
            redirect_uris: vec!["https://shop.example/cb".to_owned()],
            jwks: Some(serde_json::from_value(json!({"keys": [self.jwk()]})).unwrap()),
            ..Client::new("shop", "Shop")
        }
    }
}

/// `base` with some members replaced; `null` takes one away.
fn with(base: &Value, changes: Value) -> Value {
    let mut all = base.as_object().unwrap().clone();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            all.remove(name)
        } else {
            all.insert(name.clone(), value.clone())
        };
    }
    Value::Object(all)
}

#[test]
fn a_client_that_would_let_somebody_in_is_not_registered() {
    let jwk = Signer::new().jwk();
    let base = json!({
        "client_id": "shop", "client_name": "Shop", "grant_types": ["authorization_code", "refresh_token"],
        "redirect_uris": ["https://shop.example/cb"]
    });
    let read = |changes: Value| Clients::parse(&json!([with(&base, changes)]).to_string());
    let keys = json!({"keys": [jwk]});
    let digest = "0".repeat(64);
    for good in [
        json!({}),
        json!({"jwks": keys, "fapi2": true}),
        json!({"jwks": keys, "token_endpoint_auth_method": "private_key_jwt"}),
        json!({"secret_sha256": [digest], "token_endpoint_auth_method": "client_secret_basic", "require_pkce": false}),
        json!({"subject_type": "pairwise"}),
        json!({"subject_type": "pairwise", "sector_identifier": "shop",
               "redirect_uris": ["https://a.example/", "https://b.example/"]}),
        json!({"backchannel_logout_uri": "http://shop.localhost:3000/logout"}),
        json!({"grant_types": ["urn:ietf:params:oauth:grant-type:device_code"], "redirect_uris": []}),
    ] {
        assert!(read(good.clone()).is_ok(), "{good}: {:?}", read(good.clone()).err());
    }
    type Is = fn(&ClientsError) -> bool;
    let private = json!({"keys": [with(&jwk, json!({"d": "AAAA"}))]});
    let table: [(Value, Is); 22] = [
        (json!({"client_id": "portico-browser"}), |e| matches!(e, ClientsError::Reserved(_))),
        (json!({"client_id": ""}), |e| matches!(e, ClientsError::Ambiguous(_))),
        (json!({"redirect_uris": []}), |e| matches!(e, ClientsError::NoRedirect(_))),
        (json!({"redirect_uris": ["/cb"]}), |e| matches!(e, ClientsError::Redirect(..))),
        (json!({"redirect_uris": ["http://shop.example/"]}), |e| matches!(e, ClientsError::Redirect(..))),
        (json!({"post_logout_redirect_uris": ["javascript:x"]}), |e| matches!(e, ClientsError::Redirect(..))),
        (json!({"logo_uri": "data:image/svg+xml,x"}), |e| matches!(e, ClientsError::Url(..))),
        (json!({"backchannel_logout_uri": "com.example.app:/x"}), |e| matches!(e, ClientsError::Url(..))),
        (json!({"fapi2": true}), |e| matches!(e, ClientsError::Fapi(..))),
        (json!({"fapi2": true, "jwks": {"keys": []}}), |e| matches!(e, ClientsError::Fapi(..))),
        (json!({"fapi2": true, "jwks": keys, "secret_sha256": [digest]}), |e| matches!(e, ClientsError::Fapi(..))),
        (json!({"fapi2": true, "jwks": keys, "redirect_uris": ["com.example.app:/x"]}), |e| {
            matches!(e, ClientsError::Fapi(..))
        }),
        (json!({"token_endpoint_auth_method": "private_key_jwt"}), |e| matches!(e, ClientsError::AuthMethod(_))),
        (json!({"token_endpoint_auth_method": "client_secret_post"}), |e| matches!(e, ClientsError::AuthMethod(_))),
        (json!({"token_endpoint_auth_method": "none", "secret_sha256": [digest]}), |e| {
            matches!(e, ClientsError::AuthMethod(_))
        }),
        (json!({"jwks": private}), |e| matches!(e, ClientsError::Malformed(_))),
        (json!({"subject_type": "pairwise", "redirect_uris": ["https://a.example/", "https://b.example/"]}), |e| {
            matches!(e, ClientsError::Sector(_))
        }),
        (json!({"resources": ["not a uri"]}), |e| matches!(e, ClientsError::Resource(_))),
        (json!({"scope": ["openid", "admin:erasure"]}), |e| matches!(e, ClientsError::Scope(_))),
        (json!({"scope": ["a b"]}), |e| matches!(e, ClientsError::Scope(_))),
        (json!({"default_max_age": -1}), |e| matches!(e, ClientsError::MaxAge(_))),
        (json!({"grant_types": ["implicit"]}), |e| matches!(e, ClientsError::Malformed(_))),
    ];
    for (changes, is) in table {
        let refused = read(changes.clone()).unwrap_err();
        assert!(is(&refused), "{changes}: {refused:?}");
        let (name, _) = refused.about();
        assert!(name.is_empty() || changes.get(name).is_some(), "{changes}: {name} is not what is wrong");
    }
    let clients = read(json!({"jwks": keys, "fapi2": true})).unwrap();
    let fapi = clients.find("shop").unwrap();
    assert!(fapi.needs_pkce() && fapi.needs_dpop() && fapi.needs_pushed_requests() && !fapi.rotates_refresh_tokens());
    assert!(!fapi.is_public() && !fapi.algs().contains(&ClientAlg::Rs256));
    let again: Client = serde_json::from_str(&serde_json::to_string(&**fapi).unwrap()).unwrap();
    assert_eq!(again.keys(), fapi.keys(), "a registration can be stored");
    assert!(Clients::parse("[]").unwrap().direct(None).unwrap().needs_pkce());
}

fn check(client: &Client, params: &[(&str, &str)], resources: &[&str]) -> Result<AuthorizationRequest, RequestRefused> {
    let all: BTreeMap<&str, &str> = params.iter().copied().collect();
    AuthorizationRequest::check(&|name: &str| all.get(name).copied(), resources, client)
}

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const PLAIN: [(&str, &str); 7] = [
    ("client_id", "shop"),
    ("redirect_uri", "https://shop.example/cb"),
    ("response_type", "code"),
    ("scope", "openid email unknown email offline_access"),
    ("state", "s"),
    ("code_challenge", CHALLENGE),
    ("code_challenge_method", "S256"),
];

#[test]
fn a_request_is_kept_as_it_was_understood() {
    let client = Client { resources: vec!["https://api.example/".to_owned()], ..Signer::new().client() };
    let more = [
        ("response_mode", "form_post"),
        ("nonce", "n"),
        ("prompt", "login consent create"),
        ("max_age", "0"),
        ("acr_values", "aal2 aal1"),
        (
            "claims",
            r#"{"id_token":{"acr":{"essential":true,"values":["aal2"]},"auth_time":null},"userinfo":null,"x":{}}"#,
        ),
        ("ui_locales", "xx de-AT en"),
        ("display", "popup"),
        ("dpop_jkt", CHALLENGE),
        ("login_hint", "ada@example.com"),
    ];
    let request = check(&client, &[&PLAIN[..], &more].concat(), &["https://api.example/"]).unwrap();
    assert_eq!(request.scope, ["openid", "email"], "in order, once, without what it may not have");
    assert!(request.response_mode == ResponseMode::FormPost);
    assert_eq!(request.prompt, Prompt { login: true, consent: true, ..Prompt::default() });
    assert_eq!((request.max_age, request.display), (Some(0), Some(Display::Popup)));
    assert_eq!(request.claims.essential_acr(), ["aal2"]);
    assert!(request.claims.id_token.contains_key("auth_time"));
    assert_eq!(request.ui_locales, [crate::Locale::De, crate::Locale::En]);
    assert_eq!(request.resource, ["https://api.example/"]);
    let stored = serde_json::to_string(&request).unwrap();
    assert_eq!(serde_json::from_str::<AuthorizationRequest>(&stored).unwrap(), request);
    assert!(!format!("{request:?}").contains("ada@example.com"), "{request:?}");
    // Without `openid` it is plain OAuth.
    let plain = check(&client, &[&PLAIN[..], &[("scope", "email")]].concat(), &[]).unwrap();
    assert!(plain.response_mode == ResponseMode::Query);
}

#[test]
fn a_wrong_request_is_refused_by_its_paragraph() {
    use AuthorizeCode::{InvalidRequest, InvalidScope, InvalidTarget, UnauthorizedClient, UnsupportedResponseType};
    let client = Signer::new().client();
    let long = "x".repeat(2049);
    let refused =
        |changes: &[(&str, &str)]| check(&client, &[&PLAIN[..], changes].concat(), &[]).err().map(|e| e.error);
    assert_eq!(refused(&[]), None);
    for (name, value, error) in [
        ("client_id", "other", InvalidRequest),
        ("redirect_uri", "https://evil.example/cb", InvalidRequest),
        ("response_type", "token", UnsupportedResponseType),
        ("response_type", "code id_token", UnsupportedResponseType),
        ("response_mode", "fragment", InvalidRequest),
        ("state", &long, InvalidRequest),
        ("state", "a\r\nb", InvalidRequest),
        ("nonce", &long, InvalidRequest),
        ("scope", "admin:erasure", InvalidScope),
        ("code_challenge_method", "plain", InvalidRequest),
        ("code_challenge", "short", InvalidRequest),
        ("prompt", "none login", InvalidRequest),
        ("prompt", "none create", InvalidRequest),
        ("max_age", "-1", InvalidRequest),
        ("max_age", "+1", InvalidRequest),
        ("max_age", "soon", InvalidRequest),
        ("max_age", "99999999999999999999", InvalidRequest),
        ("claims", "{", InvalidRequest),
        ("claims", "[]x", InvalidRequest),
        ("dpop_jkt", "x", InvalidRequest),
        ("login_hint", &long, InvalidRequest),
    ] {
        assert_eq!(refused(&[(name, value)]), Some(error), "{name}={value}");
    }
    let without = |client: &Client, gone: &[&str]| {
        let left: Vec<_> = PLAIN.iter().copied().filter(|(name, _)| !gone.contains(name)).collect();
        check(client, &left, &[]).err().map(|e| e.error)
    };
    assert_eq!(without(&client, &["redirect_uri"]), Some(InvalidRequest));
    assert_eq!(without(&client, &["response_type"]), Some(InvalidRequest));
    assert_eq!(without(&client, &["code_challenge_method"]), Some(InvalidRequest), "plain is the default");
    assert_eq!(without(&client, &["code_challenge"]), Some(InvalidRequest));
    let pkce = ["code_challenge", "code_challenge_method"];
    assert_eq!(without(&client, &pkce), Some(InvalidRequest), "a downgrade");
    let confidential = Client { require_pkce: false, ..client.clone() };
    assert_eq!(without(&confidential, &pkce), None);
    assert_eq!(without(&Client { jwks: None, ..confidential.clone() }, &pkce), Some(InvalidRequest), "public");
    assert_eq!(without(&Client { fapi2: true, ..confidential }, &pkce), Some(InvalidRequest), "fapi");
    let service = Client { grant_types: vec![GrantType::ClientCredentials], ..client.clone() };
    assert_eq!(without(&service, &[]), Some(UnauthorizedClient));
    for resource in ["https://other.example/", "relative", "https://api.example/#x"] {
        let reach = Client { resources: vec!["https://api.example/".to_owned()], ..client.clone() };
        let refused = check(&reach, &PLAIN, &["https://api.example/", resource]).err().map(|e| e.error);
        assert_eq!(refused, Some(InvalidTarget), "{resource}");
    }
}

#[test]
fn a_refused_scope_is_named_where_it_is_plain() {
    let client = Signer::new().client();
    let said = |scope: &str| {
        let asked = [&PLAIN[..], &[("scope", scope)]].concat();
        check(&client, &asked, &[]).err().map(|refused| refused.description.into_owned()).unwrap()
    };
    let none = "the client may ask for none of these scopes";
    assert_eq!(said("admin:erasure"), format!("{none}: admin:erasure"));
    assert_eq!(said("a b  c d"), format!("{none}: a, b, c"));
    assert_eq!(said(&format!("{} b", "a".repeat(65))), format!("{none}: b"));
    for odd in ["<script>", "https://evil.example", "a\"b", "a%0ab", "a'b", "ä", "(a)"] {
        assert_eq!(said(odd), none, "{odd}");
    }
}

#[test]
fn a_wrong_redirect_uri_is_never_answered() {
    let client = Signer::new().client();
    let target = |uri: Option<&'static str>| {
        redirect_target(&move |name: &str| if name == "redirect_uri" { uri } else { Some("x\n") }, &client)
    };
    assert_eq!(target(None), Err(RedirectRefused::Missing));
    assert_eq!(target(Some("https://shop.example/cb?x")), Err(RedirectRefused::Unregistered));
    let good = target(Some("https://shop.example/cb")).unwrap();
    assert_eq!((good.response_mode, good.state), (ResponseMode::Query, None), "nothing odd is echoed");
}

#[test]
fn a_key_has_one_thumbprint_and_one_kind_of_signature() {
    // RFC 7638 §3.1.
    let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
    let key = ClientKey::parse(&json!({"kty": "RSA", "n": n, "e": "AQAB"})).unwrap();
    assert_eq!(key.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    // Made by OpenSSL.
    let n = "5KfXrKVIwzNTB6cMdYh74N2CFMI-1cNhcB408IiRTdHlt8U08i0rSeck1SB8OGZm8hnsNbDvruOs9OxYt6k9AXmWvogOFnUJS2bjKDMUGSZIwrMG0FRnZwlRFm29E5jblR-k_PVP0N2sBCz_-luEKleJShXs71tMF9XJzAPSksesV3EY-9FU6D0JsZqADkLMU-7is0lVtbq8Bn84UBxpvY2tauOHfyTvrRoG7Peafd1SXxJUJx-YzzZZuC5mNVO5TVJrlgOfSSU81_t94mQYCWBbNjVbJpuHvM_NTH_M_gaKAyzV_3Cs1fenQkxJ-2DejxZPegZ8KG4pLdRdAfLGUQ";
    let (ps, rs) = (
        "jXkodOvpte1GBF3qFYKvIB399GxFhX1g_39cdKJ9zO3bRno24dMl9e0BDh-dGjRBYyCSdFZNbuIL41rTNbrW2yFTlgQ73FqeeJ_ufvbzucz64xIid0F4rlxahIbuEWteDLU6zqD8S_1UqI8gxsXJIdTwwFLPBuBs-KL6L7fqttbRXpGBw0pdXOCGyTAKibaodOl0SpXh4Wg-SKLdVl3LeToBx9ZdnSH5MHrfXIRO3Lm--BDC6KjlZNY9Y4trrTr890ZxOBuyw3N4UntSPRpOZx-VimKjM3M0JN0MlHL0eDZvjP-o5dO-rwt30mEtO9P5wKrCtzwxXE85s0fgxMXjRA",
        "cD15lbIYUXQ147VGW7D7jUg2Lhxz5A6W54OqmrSDYtgJibzUpz_vJxmRBIN-CliEbM8aRPaN0hfbn3XVDbxC_-l_l59z1i6l4f3YxTfRIXvalSBQ6XBhojNQTLyuZs4gZwj9h-nELUe-MDfk-Zp9CFB83Rd1_a6bllrWcZHDV71rc3TsrmqK1IgJUiwtl0ti9AJKbMbrRHixw1J_ajObKIQrzcuZxhhqRlymNKGx7QoCBp3XotGTFFtwzn-XHqyz_lYO0qm8bbBec_AB3Ce6tZXsCcERes6zUMJjdKXpggGd2zlLrNvj2kj8U0hrTgvkG7esH-lI7jRpEbTU1iQSMQ",
    );
    let verifies = |jwk: Value, alg, signature: &str| {
        ClientKey::parse(&jwk).unwrap().verifies(alg, b"message", &URL_SAFE_NO_PAD.decode(signature).unwrap())
    };
    let jwk = json!({"kty": "RSA", "n": n, "e": "AQAB"});
    assert!(verifies(jwk.clone(), ClientAlg::Ps256, ps) && verifies(jwk.clone(), ClientAlg::Rs256, rs));
    assert!(!verifies(jwk.clone(), ClientAlg::Ps256, rs) && !verifies(jwk.clone(), ClientAlg::Rs256, ps));
    assert!(!verifies(jwk.clone(), ClientAlg::Es256, ps), "confusion");
    assert!(!verifies(with(&jwk, json!({"alg": "PS256"})), ClientAlg::Rs256, rs), "a key has one algorithm");
    for (wrong, why) in [
        (json!({"kty": "oct", "k": "AAAA"}), KeyRefused::Private),
        (with(&jwk, json!({"d": "AAAA"})), KeyRefused::Private),
        (with(&jwk, json!({"e": "AA"})), KeyRefused::Unknown),
        (with(&jwk, json!({"n": "AQAB"})), KeyRefused::Unknown),
        (with(&jwk, json!({"use": "enc"})), KeyRefused::Unknown),
        (with(&jwk, json!({"alg": "none"})), KeyRefused::Unknown),
        (json!({"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"}), KeyRefused::Unknown),
        (json!("x"), KeyRefused::Unknown),
    ] {
        assert_eq!(ClientKey::parse(&wrong), Err(why), "{wrong}");
    }
}

#[test]
fn a_client_is_who_signed_the_assertion_for_us_and_for_now() {
    let (signer, other) = (Signer::new(), Signer::new());
    let client = signer.client();
    let fapi = Client { fapi2: true, ..client.clone() };
    let header = json!({"alg": "ES256", "typ": "JWT"});
    let claims =
        json!({"iss": "shop", "sub": "shop", "aud": ISSUER, "exp": NOW + 60, "iat": NOW, "nbf": NOW, "jti": "j"});
    let check = |client: &Client, jwt: &str| {
        check_assertion(jwt, client, &Audience { issuer: ISSUER, endpoints: &[TOKEN], now: now() })
    };
    let good = signer.sign(&header, &claims);
    assert_eq!(check(&client, &good), Ok(OnceOnly { jti: "j".to_owned(), until: NOW + 60 }));
    assert_eq!(claimed_client(&good).as_deref(), Some("shop"));
    assert_eq!(check(&client, &other.sign(&header, &claims)), Err(JwtRefused::Signature));
    for (changes, others, of_fapi) in [
        (json!({"aud": TOKEN}), None, Some(JwtRefused::Audience)),
        (json!({"aud": [ISSUER]}), None, Some(JwtRefused::Audience)),
        (json!({"aud": [ISSUER, "https://evil.example"]}), Some(JwtRefused::Audience), Some(JwtRefused::Audience)),
        (json!({"aud": "https://evil.example"}), Some(JwtRefused::Audience), Some(JwtRefused::Audience)),
        (json!({"aud": null}), Some(JwtRefused::Malformed), Some(JwtRefused::Malformed)),
        (json!({"iss": "other"}), Some(JwtRefused::Issuer), Some(JwtRefused::Issuer)),
        (json!({"sub": "other"}), Some(JwtRefused::Issuer), Some(JwtRefused::Issuer)),
        (json!({"exp": NOW}), Some(JwtRefused::Expired), Some(JwtRefused::Expired)),
        (json!({"exp": null}), Some(JwtRefused::Malformed), Some(JwtRefused::Malformed)),
        (json!({"exp": NOW + 7200}), Some(JwtRefused::LongLived), Some(JwtRefused::LongLived)),
        (json!({"exp": 1e300}), Some(JwtRefused::LongLived), Some(JwtRefused::LongLived)),
        (json!({"iat": NOW + 10, "nbf": NOW + 10}), None, None),
        (json!({"iat": NOW + 61}), Some(JwtRefused::Early), Some(JwtRefused::Early)),
        (json!({"nbf": NOW + 61}), Some(JwtRefused::Early), Some(JwtRefused::Early)),
        (json!({"jti": null}), Some(JwtRefused::NoId), Some(JwtRefused::NoId)),
        (json!({"jti": "x".repeat(129)}), Some(JwtRefused::NoId), Some(JwtRefused::NoId)),
    ] {
        let jwt = signer.sign(&header, &with(&claims, changes.clone()));
        assert_eq!(check(&client, &jwt).err(), others, "{changes}");
        assert_eq!(check(&fapi, &jwt).err(), of_fapi, "fapi: {changes}");
    }
    for (changes, why) in [
        (json!({"alg": "none"}), JwtRefused::Algorithm),
        (json!({"alg": "HS256"}), JwtRefused::Algorithm),
        (json!({"alg": "PS256"}), JwtRefused::Signature),
        (json!({"typ": "oauth-authz-req+jwt"}), JwtRefused::Type),
        (json!({"typ": "dpop+jwt"}), JwtRefused::Type),
        (json!({"crit": ["b64"]}), JwtRefused::Malformed),
        (json!({"kid": "unknown"}), JwtRefused::UnknownKey),
    ] {
        assert_eq!(
            check(&client, &signer.sign(&with(&header, changes.clone()), &claims)).err(),
            Some(why),
            "{changes}"
        );
    }
    let rs256 = signer.sign(&with(&header, json!({"alg": "RS256"})), &claims);
    assert_eq!(check(&fapi, &rs256).err(), Some(JwtRefused::Algorithm));
    for malformed in ["", ".", "..", "a.b.c", &format!("{good}.x"), &"a".repeat(20_000)] {
        assert_eq!(check(&client, malformed).err(), Some(JwtRefused::Malformed), "{malformed}");
    }
    let by_secret = Client { secret_sha256: vec!["0".repeat(64)], ..client };
    assert_eq!(check(&by_secret, &good).err(), Some(JwtRefused::UnknownKey), "it authenticates by its secret");
}

#[test]
fn a_signed_request_is_its_own_parameters_only() {
    let signer = Signer::new();
    let client = signer.client();
    let fapi = Client { fapi2: true, ..client.clone() };
    let header = json!({"alg": "ES256", "typ": "oauth-authz-req+jwt"});
    let claims = json!({
        "iss": "shop", "aud": [ISSUER], "client_id": "shop", "exp": NOW + 60, "nbf": NOW, "max_age": 5,
        "scope": "openid", "claims": {"id_token": {"acr": null}}, "resource": ["https://a.example/", "https://b.example/"],
        "state": ""
    });
    let open = |client: &Client, jwt: &str| RequestObject::open(jwt, client, ISSUER, now());
    let request = open(&fapi, &signer.sign(&header, &claims)).unwrap();
    assert_eq!((request.get("max_age"), request.get("client_id")), (Some("5"), Some("shop")));
    assert_eq!(request.get("claims"), Some(r#"{"id_token":{"acr":null}}"#));
    assert_eq!((request.get("state"), request.get("iss"), request.get("exp")), (None, None, None));
    assert_eq!(request.resources(), ["https://a.example/", "https://b.example/"]);
    for (changes, others, of_fapi) in [
        (json!({"aud": ISSUER}), None, None),
        (json!({"aud": "https://evil.example"}), Some(JwtRefused::Audience), Some(JwtRefused::Audience)),
        (json!({"iss": "other"}), Some(JwtRefused::Issuer), Some(JwtRefused::Issuer)),
        (json!({"client_id": "other"}), Some(JwtRefused::Contradiction), Some(JwtRefused::Contradiction)),
        (json!({"sub": "shop"}), Some(JwtRefused::Issuer), Some(JwtRefused::Issuer)),
        (json!({"request": "x"}), Some(JwtRefused::Contradiction), Some(JwtRefused::Contradiction)),
        (json!({"request_uri": "x"}), Some(JwtRefused::Contradiction), Some(JwtRefused::Contradiction)),
        (json!({"exp": NOW}), Some(JwtRefused::Expired), Some(JwtRefused::Expired)),
        (json!({"exp": null}), None, Some(JwtRefused::LongLived)),
        (json!({"nbf": null}), None, Some(JwtRefused::Early)),
        (json!({"nbf": NOW + 61}), Some(JwtRefused::Early), Some(JwtRefused::Early)),
        (json!({"nbf": NOW - 3601, "exp": NOW - 1}), Some(JwtRefused::Expired), Some(JwtRefused::Expired)),
        (json!({"nbf": NOW - 3601}), None, Some(JwtRefused::LongLived)),
    ] {
        let jwt = signer.sign(&header, &with(&claims, changes.clone()));
        assert_eq!(open(&client, &jwt).err(), others, "{changes}");
        assert_eq!(open(&fapi, &jwt).err(), of_fapi, "fapi: {changes}");
    }
    for (alg, typ, why) in [
        ("none", "oauth-authz-req+jwt", JwtRefused::Algorithm),
        ("ES256", "dpop+jwt", JwtRefused::Type),
        ("ES256", "client-authentication+jwt", JwtRefused::Type),
    ] {
        assert_eq!(open(&client, &signer.sign(&json!({"alg": alg, "typ": typ}), &claims)).err(), Some(why), "{typ}");
    }
    assert_eq!(open(&client, &Signer::new().sign(&header, &claims)).err(), Some(JwtRefused::Signature));
}

#[test]
fn a_proof_is_for_one_request_and_one_moment() {
    let key = Key32::new([1; 32]);
    // RFC 9449 §4.1, its thumbprint in §6.1.
    let proof = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";
    let expected = DpopExpected {
        method: "POST",
        url: "https://server.example.com/token",
        access_token: None,
        algs: &ClientAlg::ALL,
        nonce: NonceRule::Optional,
        now: Timestamp::from_second(1_562_262_616).unwrap(),
    };
    let known = check_dpop(&[proof], &expected, &key).unwrap();
    assert_eq!(known.jkt, "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    assert_eq!((known.jti.as_str(), known.iat), ("-BwC3ESc6acc2lTc", 1_562_262_616));
    for none_or_many in [&[][..], &[proof, proof]] {
        assert!(matches!(check_dpop(none_or_many, &expected, &key), Err(DpopRefused::Invalid(_))));
    }

    let signer = Signer::new();
    let header = json!({"alg": "ES256", "typ": "dpop+jwt", "jwk": signer.jwk()});
    let claims = json!({"jti": "j", "htm": "POST", "htu": TOKEN, "iat": NOW});
    let expected = DpopExpected { url: TOKEN, now: now(), ..expected };
    let ok = |changes: Value, expected: &DpopExpected<'_>| {
        check_dpop(&[&signer.sign(&header, &with(&claims, changes))], expected, &key)
    };
    for good in [
        json!({}),
        json!({"htu": "HTTPS://ID.example:443/oauth/token?x=y#z"}),
        json!({"iat": NOW - 60}),
        json!({"iat": NOW + 60}),
        json!({"nbf": NOW, "exp": NOW + 300}),
        json!({"nbf": NOW + 60, "exp": NOW + 1}),
    ] {
        assert!(ok(good.clone(), &expected).is_ok(), "{good}");
    }
    for wrong in [
        json!({"htm": "GET"}),
        json!({"htm": "post"}),
        json!({"htu": "https://id.example/oauth/token/"}),
        json!({"htu": "http://id.example/oauth/token"}),
        json!({"htu": "https://id.example.evil.example/oauth/token"}),
        json!({"htu": "/oauth/token"}),
        json!({"iat": NOW - 61}),
        json!({"iat": NOW + 61}),
        json!({"iat": null}),
        json!({"exp": NOW}),
        json!({"nbf": NOW + 61}),
        json!({"jti": null}),
        json!({"jti": ""}),
        json!({"jti": "x".repeat(129)}),
    ] {
        assert!(matches!(ok(wrong.clone(), &expected), Err(DpopRefused::Invalid(_))), "{wrong}");
    }
    for changes in [
        json!({"alg": "none"}),
        json!({"alg": "HS256"}),
        json!({"typ": "JWT"}),
        json!({"typ": null}),
        json!({"jwk": null}),
        json!({"jwk": Signer::new().jwk()}),
        json!({"jwk": with(&signer.jwk(), json!({"d": "AAAA"}))}),
        json!({"jwk": {"kty": "oct", "k": "AAAA"}}),
        json!({"crit": ["x"]}),
    ] {
        let proof = signer.sign(&with(&header, changes.clone()), &claims);
        assert!(matches!(check_dpop(&[&proof], &expected, &key), Err(DpopRefused::Invalid(_))), "{changes}");
    }

    // With an access token it is for that token.
    let with_token = DpopExpected { access_token: Some("token"), ..expected };
    let ath = |token: &str| URL_SAFE_NO_PAD.encode(crate::digest(token.as_bytes()));
    assert!(ok(json!({"ath": ath("token")}), &with_token).is_ok());
    assert!(ok(json!({"ath": ath("other")}), &with_token).is_err() && ok(json!({}), &with_token).is_err());

    // A nonce of ours is the clock, for this minute and the next.
    let demanded = DpopExpected { nonce: NonceRule::Demanded, ..expected };
    assert_eq!(ok(json!({}), &demanded), Err(DpopRefused::UseNonce));
    let minutes = |n: i64| now() + SignedDuration::from_mins(n);
    for (age, fresh) in [(0, true), (-1, true), (-2, false), (1, false)] {
        let nonce = dpop_nonce(&key, minutes(age));
        let checked = ok(json!({"nonce": nonce, "iat": 5}), &demanded);
        assert_eq!(checked.is_ok(), fresh, "{age}: {checked:?}");
    }
    let foreign = dpop_nonce(&Key32::new([2; 32]), now());
    assert_eq!(ok(json!({"nonce": foreign}), &expected), Err(DpopRefused::UseNonce));
}
