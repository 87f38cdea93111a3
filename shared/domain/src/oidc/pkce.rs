//! Proof Key for Code Exchange (RFC 7636), S256 only.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{digest, equal};

/// Whether `verifier` is what the client hashed into `challenge` (§4.6). Takes as long for every answer.
pub fn is_verified(challenge: &str, verifier: &str) -> bool {
    is_verifier(verifier) && equal(URL_SAFE_NO_PAD.encode(digest(verifier.as_bytes())).as_bytes(), challenge.as_bytes())
}

/// Whether a text has the form of a verifier (§4.1): 43 to 128 unreserved characters.
pub fn is_verifier(text: &str) -> bool {
    let is_unreserved = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
    (43..=128).contains(&text.len()) && text.bytes().all(is_unreserved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_for_whoever_has_the_verifier() {
        // Appendix B.
        let (verifier, challenge) =
            ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert!(is_verified(challenge, verifier));
        assert!(!is_verified(verifier, verifier), "plain");
        assert!(!is_verified(challenge, challenge));
        assert!(!is_verified("", verifier));
        assert!(!is_verified(challenge, &format!("{verifier}a")));
        for (text, fits) in [
            ("a".repeat(42), false),
            ("a".repeat(43), true),
            ("~".repeat(128), true),
            ("a".repeat(129), false),
            ("a+".repeat(30), false),
            ("ä".repeat(30), false),
        ] {
            assert_eq!(is_verifier(&text), fits, "{text}");
        }
    }
}
