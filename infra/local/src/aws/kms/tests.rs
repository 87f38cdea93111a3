use base64::{Engine, engine::general_purpose::STANDARD};
use p256::{
    ecdsa::signature::hazmat::PrehashVerifier,
    pkcs8::{DecodePrivateKey, DecodePublicKey},
};
use rsa::{Pkcs1v15Sign, Pss, sha2::Sha256};
use serde_json::{Value, json};

use super::{Kms, sign::sha256};
use crate::template::Place;

fn kms() -> Kms {
    Kms::open(Place::default(), true, None).unwrap()
}

fn act(kms: &Kms, action: &str, input: Value) -> Result<Value, String> {
    let reply = kms.act(action, &input, 0);
    let body = serde_json::from_slice(&reply.body).unwrap();
    match reply.status {
        200 => Ok(body),
        _ => Err(reply.error.unwrap()),
    }
}

fn create(kms: &Kms, spec: &str) -> String {
    let answer = act(kms, "CreateKey", json!({ "KeySpec": spec })).unwrap();
    answer["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
}

fn base64(text: &[u8]) -> String {
    STANDARD.encode(text)
}

fn decoded(value: &Value) -> Vec<u8> {
    STANDARD.decode(value.as_str().unwrap()).unwrap()
}

#[test]
fn what_is_encrypted_opens_under_its_context_alone() {
    let kms = kms();
    let key = create(&kms, "SYMMETRIC_DEFAULT");
    let context = json!({ "portico:purpose": "index", "a": "b" });
    let input = json!({ "KeyId": key, "Plaintext": base64(b"secret"), "EncryptionContext": context });
    let blob = act(&kms, "Encrypt", input).unwrap()["CiphertextBlob"].clone();
    let open = |context: Value| act(&kms, "Decrypt", json!({ "CiphertextBlob": blob, "EncryptionContext": context }));
    let plain = open(json!({ "a": "b", "portico:purpose": "index" })).unwrap();
    assert_eq!(decoded(&plain["Plaintext"]), b"secret");
    assert_eq!(plain["KeyId"], key);
    for context in [json!({}), json!({ "portico:purpose": "mac", "a": "b" }), json!({ "a": "b" })] {
        assert_eq!(open(context).unwrap_err(), "InvalidCiphertextException");
    }
}

#[test]
fn a_ciphertext_names_its_key() {
    let kms = kms();
    let (key, other) = (create(&kms, "SYMMETRIC_DEFAULT"), create(&kms, "SYMMETRIC_DEFAULT"));
    let blob = act(&kms, "Encrypt", json!({ "KeyId": key, "Plaintext": base64(b"x") })).unwrap();
    let blob = &blob["CiphertextBlob"];
    assert_eq!(kms.about(&json!({ "CiphertextBlob": blob })), Some(key));
    let wrong = act(&kms, "Decrypt", json!({ "KeyId": other, "CiphertextBlob": blob }));
    assert_eq!(wrong.unwrap_err(), "IncorrectKeyException");
    let moved = json!({ "CiphertextBlob": blob, "DestinationKeyId": other });
    let moved = act(&kms, "ReEncrypt", moved).unwrap();
    let input = json!({ "KeyId": other, "CiphertextBlob": moved["CiphertextBlob"] });
    assert_eq!(decoded(&act(&kms, "Decrypt", input).unwrap()["Plaintext"]), b"x");
    let mut bytes = decoded(blob);
    *bytes.last_mut().unwrap() ^= 1;
    let forged = act(&kms, "Decrypt", json!({ "CiphertextBlob": base64(&bytes) }));
    assert_eq!(forged.unwrap_err(), "InvalidCiphertextException");
}

#[test]
fn a_data_key_comes_with_or_without_plaintext() {
    let kms = kms();
    let key = create(&kms, "SYMMETRIC_DEFAULT");
    let input = json!({ "KeyId": key, "KeySpec": "AES_256" });
    let shown = act(&kms, "GenerateDataKey", input.clone()).unwrap();
    let opened = act(&kms, "Decrypt", json!({ "CiphertextBlob": shown["CiphertextBlob"] })).unwrap();
    assert_eq!(opened["Plaintext"], shown["Plaintext"]);
    assert_eq!(decoded(&shown["Plaintext"]).len(), 32);
    let hidden = act(&kms, "GenerateDataKeyWithoutPlaintext", input).unwrap();
    assert!(hidden.get("Plaintext").is_none());
}

#[test]
fn an_ecdsa_signature_is_der_and_verifies_elsewhere() {
    let kms = kms();
    let key = create(&kms, "ECC_NIST_P256");
    let public = act(&kms, "GetPublicKey", json!({ "KeyId": key })).unwrap();
    let public = p256::ecdsa::VerifyingKey::from_public_key_der(&decoded(&public["PublicKey"])).unwrap();
    let digest = sha256(b"message");
    for (kind, message) in [("RAW", b"message".as_slice()), ("DIGEST", &digest)] {
        let input = json!({
            "KeyId": key, "Message": base64(message), "MessageType": kind,
            "SigningAlgorithm": "ECDSA_SHA_256",
        });
        let signature = decoded(&act(&kms, "Sign", input.clone()).unwrap()["Signature"]);
        let parsed = p256::ecdsa::Signature::from_der(&signature).unwrap();
        public.verify_prehash(&digest, &parsed).unwrap();
        let mut input = input;
        input["Signature"] = base64(&signature).into();
        assert_eq!(act(&kms, "Verify", input.clone()).unwrap()["SignatureValid"], true);
        input["Message"] = base64(&sha256(b"other")).into();
        assert_eq!(act(&kms, "Verify", input).unwrap_err(), "KMSInvalidSignatureException");
    }
}

#[test]
fn both_rsa_signatures_verify_elsewhere() {
    let kms = kms();
    let key = create(&kms, "RSA_2048");
    let public = act(&kms, "GetPublicKey", json!({ "KeyId": key })).unwrap();
    let public = rsa::RsaPublicKey::from_public_key_der(&decoded(&public["PublicKey"])).unwrap();
    let digest = sha256(b"message");
    let sign = |algorithm: &str| {
        let input = json!({
            "KeyId": key, "Message": base64(&digest), "MessageType": "DIGEST",
            "SigningAlgorithm": algorithm,
        });
        act(&kms, "Sign", input).map(|answer| decoded(&answer["Signature"]))
    };
    let signature = sign("RSASSA_PKCS1_V1_5_SHA_256").unwrap();
    public.verify(Pkcs1v15Sign::new::<Sha256>(), &digest, &signature).unwrap();
    let signature = sign("RSASSA_PSS_SHA_256").unwrap();
    public.verify(Pss::<Sha256>::new(), &digest, &signature).unwrap();
    assert_eq!(sign("ECDSA_SHA_256").unwrap_err(), "InvalidKeyUsageException");
}

#[test]
fn a_data_key_pair_is_pkcs8_and_spki() {
    let kms = kms();
    let key = create(&kms, "SYMMETRIC_DEFAULT");
    let context = json!({ "portico:purpose": "signing" });
    for spec in ["ECC_NIST_P256", "RSA_2048"] {
        let input = json!({ "KeyId": key, "KeyPairSpec": spec, "EncryptionContext": context });
        let pair = act(&kms, "GenerateDataKeyPairWithoutPlaintext", input).unwrap();
        assert!(pair.get("PrivateKeyPlaintext").is_none());
        let input = json!({
            "CiphertextBlob": pair["PrivateKeyCiphertextBlob"], "EncryptionContext": context,
        });
        let private = decoded(&act(&kms, "Decrypt", input).unwrap()["Plaintext"]);
        let public = decoded(&pair["PublicKey"]);
        if spec == "RSA_2048" {
            let private = rsa::RsaPrivateKey::from_pkcs8_der(&private).unwrap();
            assert_eq!(private.to_public_key(), rsa::RsaPublicKey::from_public_key_der(&public).unwrap());
        } else {
            let private = p256::SecretKey::from_pkcs8_der(&private).unwrap();
            let public = p256::PublicKey::from_public_key_der(&public).unwrap();
            assert_eq!(private.public_key(), public);
        }
    }
}

#[test]
fn sha256_and_hmac_are_the_standards() {
    // FIPS 180-4's example, and a MAC that does not verify for another message
    let hash: String = sha256(b"abc").iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    let kms = kms();
    let key = create(&kms, "HMAC_256");
    let input = json!({ "KeyId": key, "Message": base64(b"m"), "MacAlgorithm": "HMAC_SHA_256" });
    let mac = act(&kms, "GenerateMac", input).unwrap()["Mac"].clone();
    let verify =
        |message: &[u8]| act(&kms, "VerifyMac", json!({ "KeyId": key, "Message": base64(message), "Mac": mac }));
    assert_eq!(verify(b"m").unwrap()["MacValid"], true);
    assert_eq!(verify(b"n").unwrap_err(), "KMSInvalidMacException");
}

#[test]
fn missing_disabled_and_misused_keys_have_their_errors() {
    let kms = kms();
    let key = create(&kms, "SYMMETRIC_DEFAULT");
    let encrypt = |key: &str| act(&kms, "Encrypt", json!({ "KeyId": key, "Plaintext": base64(b"x") }));
    assert_eq!(encrypt("1234").unwrap_err(), "NotFoundException");
    let sign = json!({ "KeyId": key, "Message": base64(b"x"), "SigningAlgorithm": "ECDSA_SHA_256" });
    assert_eq!(act(&kms, "Sign", sign).unwrap_err(), "InvalidKeyUsageException");
    act(&kms, "CreateAlias", json!({ "AliasName": "alias/a", "TargetKeyId": key })).unwrap();
    assert_eq!(encrypt("alias/a").unwrap()["KeyId"], key);
    act(&kms, "DisableKey", json!({ "KeyId": key })).unwrap();
    assert_eq!(encrypt(&key).unwrap_err(), "DisabledException");
}

#[test]
fn keys_outlive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kms.json");
    let open = || Kms::open(Place::default(), true, Some(file.clone())).unwrap();
    let (kms, specs) = (open(), ["SYMMETRIC_DEFAULT", "ECC_NIST_P256", "RSA_2048"]);
    let keys: Vec<String> = specs.iter().map(|spec| create(&kms, spec)).collect();
    let input = json!({ "KeyId": keys[0], "Plaintext": base64(b"x") });
    let blob = act(&kms, "Encrypt", input).unwrap()["CiphertextBlob"].clone();
    let public = |kms: &Kms, key: &String| act(kms, "GetPublicKey", json!({ "KeyId": key })).unwrap();
    let before: Vec<Value> = keys[1..].iter().map(|key| public(&kms, key)).collect();
    let kms = open();
    assert!(act(&kms, "Decrypt", json!({ "CiphertextBlob": blob })).is_ok());
    let after: Vec<Value> = keys[1..].iter().map(|key| public(&kms, key)).collect();
    assert_eq!(before, after);
}
