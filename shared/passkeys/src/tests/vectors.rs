//! W3C's own examples (Web Authentication Level 3, "Test Vectors"), with the challenges that they
//! were made for put into our states.

use super::*;

/// What becomes of each: the enrolment, then the sign-in. Some are of kinds that are never asked for:
/// other curves, an RSA key of 3482 bits, attestations that browsers leave out when none is wanted.
const OUTCOMES: [(&str, Outcome, Outcome); 15] = [
    ("none-es256", Ok(()), Ok(())),
    // It verified its user at the enrolment and does not at the sign-in.
    ("packed-self-es256", Ok(()), Err(Refused::UserVerification)),
    ("none-es256-crossOrigin", Err(Refused::CrossOrigin), Err(Refused::CrossOrigin)),
    ("none-es256-topOrigin", Err(Refused::CrossOrigin), Err(Refused::CrossOrigin)),
    ("none-es256-long-credential-id", Ok(()), Ok(())),
    ("packed-es256", Ok(()), Ok(())),
    ("packed-es384", Err(Refused::Algorithm), Err(Refused::Algorithm)),
    ("packed-es512", Err(Refused::Algorithm), Err(Refused::Algorithm)),
    ("packed-rs256", Err(Refused::Algorithm), Err(Refused::Algorithm)),
    ("packed-eddsa", Err(Refused::Attestation), Err(Refused::Attestation)),
    ("packed-ed448", Err(Refused::Algorithm), Err(Refused::Algorithm)),
    ("tpm-es256", Err(Refused::Algorithm), Err(Refused::Algorithm)),
    ("android-key-es256", Err(Refused::Attestation), Err(Refused::Attestation)),
    ("apple-es256", Ok(()), Ok(())),
    ("fido-u2f-es256", Ok(()), Ok(())),
];

type Outcome = Result<(), Refused>;

fn read() -> Vec<Value> {
    let file: Value = serde_json::from_str(include_str!("vectors.json")).unwrap();
    file["vectors"].as_array().unwrap().clone()
}

/// Hexadecimal to base64url.
fn encoded(hex: &Value) -> String {
    let hex = hex.as_str().unwrap();
    let bytes = (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap());
    URL_SAFE_NO_PAD.encode(bytes.collect::<Vec<_>>())
}

fn with_challenge(mut state: Value, challenge: &Value) -> Value {
    let place = state.pointer_mut("/state/challenge").unwrap();
    assert!(place.is_string());
    *place = encoded(challenge).into();
    state
}

fn answer(id: &str, response: Value) -> Value {
    json!({"type": "public-key", "id": id, "rawId": id, "clientExtensionResults": {}, "response": response})
}

#[test]
fn w3c_vectors() {
    let vectors = read();
    assert_eq!(vectors.len(), OUTCOMES.len());
    let party = ceremonies(&[]).unwrap().at("https://example.org").unwrap();
    let mut seen = Vec::new();
    for vector in &vectors {
        let made = &vector["registration"];
        let id = encoded(&made["credential_id"]);
        let (_, state) = party.register(ada(), "ada@example.org", &[], Use::SecondFactor).unwrap();
        let state = with_challenge(state, &made["challenge"]);
        let created = answer(
            &id,
            json!({"clientDataJSON": encoded(&made["clientDataJSON"]),
            "attestationObject": encoded(&made["attestationObject"])}),
        );
        let new = party.registered(&state, &created);
        let enrolled = outcome(&new);
        let used = new.map(|new| {
            assert_eq!(new.credential_id, id);
            let asked = &vector["authentication"];
            let (_, state) = party.ask(&[&new.credential]).unwrap();
            let response = json!({"clientDataJSON": encoded(&asked["clientDataJSON"]),
                "authenticatorData": encoded(&asked["authenticatorData"]), "signature": encoded(&asked["signature"])});
            let state = with_challenge(state, &asked["challenge"]);
            party.answered(ada(), &state, &answer(&id, response), &new.credential)
        });
        let used = match used {
            Ok(shown) => outcome(&shown),
            Err(_) => enrolled,
        };
        seen.push((vector["name"].as_str().unwrap(), enrolled, used));
    }
    assert_eq!(seen, OUTCOMES);
}

fn outcome<T>(ended: &Result<T, CeremonyError>) -> Outcome {
    match ended {
        Ok(_) => Ok(()),
        Err(CeremonyError::Refused(reason)) => Err(*reason),
        Err(CeremonyError::Broken(error)) => panic!("{error:?}"),
    }
}
