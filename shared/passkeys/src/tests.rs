use authenticator::{Authenticator, tampered};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{CustomerId, Settings};
use serde_json::{Value, json};

use crate::{Asserted, Ceremonies, CeremonyError, Claimed, NewPasskey, Party, Refused, Use, credential_id};

mod vectors;

const ISSUER: &str = "https://id.example.com";
const SHOP: &str = "https://shop.example";

fn ceremonies(settings: &[(&str, &str)]) -> Result<Ceremonies, String> {
    Ceremonies::read(&Settings::new(settings.iter().copied())).map_err(|error| error.to_string())
}

fn party() -> Party {
    ceremonies(&[("BRAND_NAME", "Acme"), ("WEBAUTHN_ORIGINS", SHOP)]).unwrap().at(ISSUER).unwrap()
}

fn ada() -> CustomerId {
    CustomerId::from_bytes([7; 16])
}

/// Enrols with a key in hand.
fn enrolled(party: &Party, key: &mut Authenticator, used_as: Use) -> NewPasskey {
    let (options, state) = party.register(ada(), "ada@example.com", &[], used_as).unwrap();
    party.registered(&state, &key.create(&options)).unwrap()
}

fn refused<T: std::fmt::Debug>(ended: Result<T, CeremonyError>) -> Refused {
    match ended.unwrap_err() {
        CeremonyError::Refused(refused) => refused,
        CeremonyError::Broken(error) => panic!("{error:?}"),
    }
}

fn signed_in(party: &Party, key: &mut Authenticator, stored: &Value) -> Result<Asserted, CeremonyError> {
    let (options, state) = party.discover().unwrap();
    party.discovered(&state, &key.get(&options), stored)
}

fn answered(party: &Party, key: &mut Authenticator, stored: &Value) -> Result<Asserted, CeremonyError> {
    let (options, state) = party.ask(&[stored]).unwrap();
    party.answered(ada(), &state, &key.get(&options), stored)
}

#[test]
fn what_browsers_are_asked() {
    let party = party();
    let (options, _) = party.register(ada(), "ada@example.com", &["AQID"], Use::Passkey).unwrap();
    let handle = URL_SAFE_NO_PAD.encode([7; 16]);
    assert_eq!(options["rp"], json!({"id": "id.example.com", "name": "Acme"}));
    let user = json!({"id": handle, "name": "ada@example.com", "displayName": "ada@example.com"});
    assert_eq!(options["user"], user);
    let asked = json!({"residentKey": "required", "requireResidentKey": true, "userVerification": "required"});
    assert_eq!(options["authenticatorSelection"], asked);
    assert_eq!(options["excludeCredentials"], json!([{"type": "public-key", "id": "AQID"}]));
    assert_eq!(options["attestation"], "none");
    let algorithms = json!([{"type": "public-key", "alg": -7}, {"type": "public-key", "alg": -257}]);
    assert_eq!(options["pubKeyCredParams"], algorithms);

    let (options, _) = party.register(ada(), "ada@example.com", &[], Use::SecondFactor).unwrap();
    let asked = json!({"residentKey": "discouraged", "requireResidentKey": false, "userVerification": "preferred"});
    assert_eq!(options["authenticatorSelection"], asked);

    let (options, state) = party.discover().unwrap();
    assert_eq!(options["allowCredentials"], json!([]));
    assert_eq!((&options["userVerification"], &options["rpId"]), (&json!("required"), &json!("id.example.com")));
    let (again, _) = party.discover().unwrap();
    assert_ne!(options["challenge"], again["challenge"]);
    assert_eq!(URL_SAFE_NO_PAD.decode(options["challenge"].as_str().unwrap()).unwrap().len(), 32);
    assert_eq!(state["ceremony"], "discover");
}

#[test]
fn a_passkey_signs_in_by_itself() {
    let party = party();
    let mut phone = Authenticator::new(ISSUER);
    let new = enrolled(&party, &mut phone, Use::Passkey);
    assert!(new.synced && new.verified);
    let (options, state) = party.discover().unwrap();
    let answer = phone.get(&options);
    let claimed = Claimed { customer: ada(), credential_id: new.credential_id.clone() };
    assert_eq!(party.identify(&answer), Some(claimed));
    assert_eq!(credential_id(&answer), Some(new.credential_id));
    let shown = party.discovered(&state, &answer, &new.credential).unwrap();
    assert!(shown.verified && shown.synced && !shown.went_backwards && !shown.changed);
    assert_eq!(shown.credential, new.credential);
    // It stands beside a password too.
    assert!(answered(&party, &mut phone, &new.credential).unwrap().verified);
}

#[test]
fn nobody_signs_in_without_verification() {
    let party = party();
    let mut phone = Authenticator::new(ISSUER);
    let new = enrolled(&party, &mut phone, Use::Passkey);
    phone.verifies = false;
    assert_eq!(refused(signed_in(&party, &mut phone, &new.credential)), Refused::UserVerification);
    // What verified its user once, does always: a stolen key's PIN can't be asked away.
    assert_eq!(refused(answered(&party, &mut phone, &new.credential)), Refused::UserVerification);
    let (options, state) = party.register(ada(), "ada@example.com", &[], Use::Passkey).unwrap();
    assert_eq!(refused(party.registered(&state, &phone.create(&options))), Refused::UserVerification);
}

#[test]
fn a_key_without_a_pin_stands_beside_a_password() {
    let party = party();
    let mut key = Authenticator::security_key(ISSUER);
    let new = enrolled(&party, &mut key, Use::SecondFactor);
    assert!(!new.synced && !new.verified);
    let (options, state) = party.ask(&[&new.credential]).unwrap();
    assert_eq!(options["userVerification"], "preferred");
    assert_eq!(options["allowCredentials"][0]["id"], new.credential_id);
    let answer = key.get(&options);
    let shown = party.answered(ada(), &state, &answer, &new.credential).unwrap();
    assert!(!shown.verified && !shown.synced && shown.changed);
    // Where it is given a PIN later, that is seen.
    key.verifies = true;
    assert!(answered(&party, &mut key, &shown.credential).unwrap().verified);
    // It names no owner, so it signs nobody in.
    assert_eq!(party.identify(&answer), None);
    let (_, state) = party.discover().unwrap();
    assert_eq!(refused(party.discovered(&state, &answer, &new.credential)), Refused::OtherCustomer);
}

#[test]
fn verification_is_required_where_each_credential_can() {
    let party = party();
    let verified = enrolled(&party, &mut Authenticator::new(ISSUER), Use::Passkey).credential;
    let touched = enrolled(&party, &mut Authenticator::security_key(ISSUER), Use::SecondFactor).credential;
    let asked = |stored: &[&Value]| party.ask(stored).unwrap().0["userVerification"].clone();
    assert_eq!(asked(&[&verified]), "required");
    assert_eq!(asked(&[&verified, &touched]), "preferred");
}

#[test]
fn a_counter_that_goes_back_is_told() {
    let party = party();
    let mut key = Authenticator::security_key(ISSUER);
    let new = enrolled(&party, &mut key, Use::SecondFactor);
    let mut copy = key.clone();
    key.counter = 40;
    let shown = answered(&party, &mut key, &new.credential).unwrap();
    assert!(shown.changed && !shown.went_backwards);
    assert_eq!(shown.credential["counter"], 41);
    let stored = shown.credential;
    for counted in [2, 40, 0] {
        // At 40 it says 41, which was said before; at 0 it says that it does not count any more.
        copy.counter = counted;
        let shown = answered(&party, &mut copy, &stored).unwrap();
        assert!(shown.went_backwards && !shown.changed, "{counted}");
        assert_eq!(shown.credential, stored);
    }
    let forged = {
        let (options, state) = party.ask(&[&stored]).unwrap();
        let answer = tampered(&copy.get(&options), "/response/signature", |bytes| *bytes.last_mut().unwrap() ^= 1);
        party.answered(ada(), &state, &answer, &stored)
    };
    assert_eq!(refused(forged), Refused::Signature, "only the key itself can go back");
}

#[test]
fn backups_are_followed() {
    let party = party();
    let mut phone = Authenticator::new(ISSUER);
    phone.synced = false;
    let new = enrolled(&party, &mut phone, Use::Passkey);
    assert!(!new.synced);
    phone.synced = true;
    let shown = signed_in(&party, &mut phone, &new.credential).unwrap();
    assert!(shown.synced && shown.changed);
    assert!(!signed_in(&party, &mut phone, &shown.credential).unwrap().changed);
    // What could never leave its authenticator does not all at once.
    let mut key = Authenticator::new(ISSUER);
    (key.eligible, key.synced) = (false, false);
    let new = enrolled(&party, &mut key, Use::Passkey);
    (key.eligible, key.synced) = (true, true);
    assert_eq!(refused(signed_in(&party, &mut key, &new.credential)), Refused::Backup);
    key.eligible = false;
    assert_eq!(refused(signed_in(&party, &mut key, &new.credential)), Refused::Backup);
}

#[test]
fn what_was_made_elsewhere_is_refused() {
    let party = party();
    let mut phone = Authenticator::new(ISSUER);
    let new = enrolled(&party, &mut phone, Use::Passkey);
    type Change = fn(&mut Authenticator);
    let changes: [(&str, Change, Refused); 6] = [
        ("another site", |phone| phone.origin = "https://evil.example".into(), Refused::Origin),
        ("a subdomain", |phone| phone.origin = "https://x.id.example.com".into(), Refused::Origin),
        ("another port", |phone| phone.origin = "https://id.example.com:8443".into(), Refused::Origin),
        ("no TLS", |phone| phone.origin = "http://id.example.com".into(), Refused::Origin),
        ("a frame", |phone| phone.framed = true, Refused::CrossOrigin),
        ("another party", |phone| phone.rp_id = Some("evil.example".into()), Refused::RelyingParty),
    ];
    for (what, change, reason) in changes {
        let mut elsewhere = phone.clone();
        change(&mut elsewhere);
        assert_eq!(refused(signed_in(&party, &mut elsewhere, &new.credential)), reason, "{what}");
        assert_eq!(refused(answered(&party, &mut elsewhere, &new.credential)), reason, "{what}");
        let (options, state) = party.register(ada(), "ada@example.com", &[], Use::Passkey).unwrap();
        assert_eq!(refused(party.registered(&state, &elsewhere.create(&options))), reason, "{what}");
    }
    phone.origin = SHOP.to_owned();
    assert!(signed_in(&party, &mut phone, &new.credential).unwrap().verified, "a related origin");
    enrolled(&party, &mut phone, Use::Passkey);
}

#[test]
fn an_answer_answers_one_question() {
    let party = party();
    let mut phone = Authenticator::new(ISSUER);
    let (options, registering) = party.register(ada(), "ada@example.com", &[], Use::Passkey).unwrap();
    let created = phone.create(&options);
    let new = party.registered(&registering, &created).unwrap();
    let (_, other) = party.register(ada(), "ada@example.com", &[], Use::Passkey).unwrap();
    assert_eq!(refused(party.registered(&other, &created)), Refused::Challenge);
    let (_, known) = party.register(ada(), "ada@example.com", &[&new.credential_id], Use::Passkey).unwrap();
    assert_eq!(refused(party.registered(&known, &created)), Refused::Known);

    let (options, discovering) = party.discover().unwrap();
    let answer = phone.get(&options);
    let (_, other) = party.discover().unwrap();
    assert_eq!(refused(party.discovered(&other, &answer, &new.credential)), Refused::Challenge);
    let (_, asking) = party.ask(&[&new.credential]).unwrap();
    let stored = &new.credential;
    assert_eq!(refused(party.discovered(&asking, &answer, stored)), Refused::OtherCeremony);
    assert_eq!(refused(party.discovered(&registering, &answer, stored)), Refused::OtherCeremony);
    assert_eq!(refused(party.answered(ada(), &discovering, &answer, stored)), Refused::OtherCeremony);
    assert_eq!(refused(party.registered(&discovering, &created)), Refused::OtherCeremony);
    // An enrolment's client data does not do for a sign-in, nor the other way round.
    let mut mixed = answer.clone();
    mixed["response"]["clientDataJSON"] = created["response"]["clientDataJSON"].clone();
    assert_eq!(refused(party.discovered(&discovering, &mixed, stored)), Refused::OtherCeremony);
}

#[test]
fn nobody_answers_for_another() {
    let party = party();
    let (mut phone, mut other) = (Authenticator::new(ISSUER), Authenticator::new(ISSUER));
    let new = enrolled(&party, &mut phone, Use::Passkey);
    let theirs = enrolled(&party, &mut other, Use::Passkey);
    let (options, state) = party.ask(&[&new.credential]).unwrap();
    let answer = phone.get(&options);
    let bob = CustomerId::from_bytes([8; 16]);
    assert_eq!(refused(party.answered(bob, &state, &answer, &new.credential)), Refused::OtherCustomer);
    assert_eq!(refused(party.answered(ada(), &state, &answer, &theirs.credential)), Refused::OtherCredential);
    // Their id on our signature.
    let mut posing = answer.clone();
    (posing["id"], posing["rawId"]) = (theirs.credential_id.clone().into(), theirs.credential_id.into());
    assert_eq!(refused(party.answered(ada(), &state, &posing, &theirs.credential)), Refused::Signature);
    let handle = tampered(&answer, "/response/userHandle", |bytes| bytes.truncate(15));
    assert_eq!(refused(party.answered(ada(), &state, &handle, &new.credential)), Refused::OtherCustomer);
    assert_eq!(party.identify(&handle), None);
}

#[test]
fn what_is_malformed_is_refused_and_nothing_breaks() {
    let party = party();
    let mut phone = Authenticator::new(ISSUER);
    let (options, registering) = party.register(ada(), "ada@example.com", &[], Use::Passkey).unwrap();
    let created = phone.create(&options);
    let new = party.registered(&registering, &created).unwrap();
    let (options, discovering) = party.discover().unwrap();
    let answer = phone.get(&options);
    let is_refused = |whole: &Value, changed: &Value, what: &str| {
        if std::ptr::eq(whole, &raw const created) {
            refused(party.registered(&registering, changed));
        } else {
            assert!(party.discovered(&discovering, changed, &new.credential).is_err(), "{what}");
        }
    };
    for (whole, part) in [
        (&created, "/response/clientDataJSON"),
        (&created, "/response/attestationObject"),
        (&answer, "/response/clientDataJSON"),
        (&answer, "/response/authenticatorData"),
        (&answer, "/response/signature"),
    ] {
        let length = URL_SAFE_NO_PAD.decode(whole.pointer(part).unwrap().as_str().unwrap()).unwrap().len();
        for end in 0..length {
            is_refused(whole, &tampered(whole, part, |bytes| bytes.truncate(end)), &format!("{part} to {end}"));
        }
        for at in 0..length {
            for flip in [0x01, 0x80, 0xff] {
                let changed = tampered(whole, part, |bytes| bytes[at] ^= flip);
                // A registration signs nothing: some of its bytes are free. None breaks us.
                if std::ptr::eq(whole, &raw const created) {
                    let _ = party.registered(&registering, &changed);
                } else {
                    is_refused(whole, &changed, &format!("{part} at {at}"));
                }
            }
        }
        for value in [json!(null), json!(1), json!([]), json!({}), json!("="), json!("ä"), json!("A".repeat(40_000))] {
            let mut changed = whole.clone();
            *changed.pointer_mut(part).unwrap() = value;
            is_refused(whole, &changed, part);
        }
    }
    for (member, value) in [
        ("type", json!("password")),
        ("id", json!("AAAA")),
        ("rawId", json!("AAAA")),
        ("rawId", json!("")),
        ("response", json!(null)),
        ("padding", json!("A".repeat(40_000))),
    ] {
        for whole in [&created, &answer] {
            let mut changed = whole.clone();
            changed[member] = value.clone();
            is_refused(whole, &changed, member);
        }
    }
    for nothing in [json!(null), json!([]), json!({}), json!("text"), json!({"response": {}})] {
        assert_eq!(refused(party.registered(&registering, &nothing)), Refused::Malformed);
        assert_eq!(refused(party.discovered(&discovering, &nothing, &new.credential)), Refused::Malformed);
        assert_eq!((party.identify(&nothing), credential_id(&nothing)), (None, None));
    }
}

#[test]
fn what_we_keep_and_cannot_read_is_our_fault() {
    let party = party();
    let mut phone = Authenticator::new(ISSUER);
    enrolled(&party, &mut phone, Use::Passkey);
    let (options, state) = party.discover().unwrap();
    let answer = phone.get(&options);
    for ended in [
        party.discovered(&json!({"ceremony": "tea"}), &answer, &json!({})),
        party.discovered(&state, &answer, &json!({})),
    ] {
        assert!(matches!(ended, Err(CeremonyError::Broken(_))));
    }
    assert!(party.ask(&[&json!(null)]).is_err());
}

#[test]
fn settings_are_read_strictly() {
    let with = |origins: &str| ceremonies(&[("WEBAUTHN_ORIGINS", origins)]);
    let listed = with(" https://shop.example, http://localhost:3000,").unwrap();
    assert_eq!(listed.related_origins(), ["https://shop.example", "http://localhost:3000"]);
    for wrong in [
        "shop.example",
        "https://shop.example/",
        "https://Shop.example",
        "https://shop.example:443",
        "https://*.shop.example",
        "http://shop.example",
        "https://127.0.0.1",
        "https://shop.example/app",
        "null",
    ] {
        assert!(with(wrong).unwrap_err().starts_with("setting WEBAUTHN_ORIGINS: "), "{wrong}");
    }
    for wrong in ["https://example.com", "Example.com", "example.com:443", "example.com/", "127.0.0.1", "a@example.com"]
    {
        assert!(ceremonies(&[("WEBAUTHN_RP_ID", wrong)]).is_err(), "{wrong}");
    }
}

#[test]
fn a_party_is_its_issuer_or_above_it() {
    let at = |rp_id: &str, issuer: &str| {
        ceremonies(&[("WEBAUTHN_RP_ID", rp_id)]).unwrap().at(issuer).map(|party| {
            let (options, _) = party.discover().unwrap();
            options["rpId"].as_str().unwrap().to_owned()
        })
    };
    assert_eq!(at("", "https://id.example.com").unwrap(), "id.example.com");
    assert_eq!(at("", "http://localhost:3000").unwrap(), "localhost");
    assert_eq!(at("example.com", "https://id.example.com").unwrap(), "example.com");
    for (rp_id, issuer) in [
        ("example.com", "https://badexample.com"),
        ("id.example.com", "https://example.com"),
        ("", "http://id.example.com"),
        ("", "https://192.0.2.1"),
        ("", ""),
    ] {
        assert!(at(rp_id, issuer).is_err(), "{rp_id} {issuer}");
    }
}
