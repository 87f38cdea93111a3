//! Every key and every piece of cryptography stands in `docs/architecture.md`, and nowhere else.

use std::collections::BTreeSet;

use domain::KeyPurpose;

use super::{deployed, read};

/// What cryptography comes from.
const LIBRARIES: [&str; 9] = [
    "argon2::",
    "aws_sdk_kms::",
    "getrandom::",
    "rand::",
    "rand_chacha::",
    "rand_core::",
    "ring::",
    "subtle::",
    "webauthn_rs_core::",
];

/// Lines that compare with `==` what is called like a secret, and is none.
const REVIEWED: [(&str, &str, &str); 4] = [
    ("shared/edge/src/document.rs", "tag == \"*\"", "an entity tag of HTTP"),
    ("shared/store/src/link.rs", "bytes.len() == 32", "a length"),
    ("shared/store/src/link.rs", "link.digest == thing.digest", "where a thing is kept; it stands in its link"),
    ("shared/edge/src/openapi/mod.rs", "tag == name", "a heading of the contract"),
];

/// A section of the page: what stands between its heading and the next.
fn section(heading: &str) -> String {
    let text = read("docs/architecture.md");
    let (_, rest) = text.split_once(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("no section {heading}"));
    rest.split("\n## ").next().unwrap().to_owned()
}

/// What stands in backticks.
fn quoted(text: &str) -> BTreeSet<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Whether a word stands there that is no part of a longer one.
fn names(source: &str, word: &str) -> bool {
    let is_letter = |c: char| c.is_alphanumeric() || c == '_';
    let is_whole = |at: usize| {
        let ends = !word.ends_with(is_letter) || !source[at + word.len()..].starts_with(is_letter);
        ends && !source[..at].ends_with(is_letter)
    };
    source.match_indices(word).any(|(at, _)| is_whole(at))
}

#[test]
fn every_key_is_in_the_inventory() {
    let keys = section("Keys");
    let rows: Vec<_> = keys.lines().filter(|line| line.starts_with("| ")).collect();
    for purpose in KeyPurpose::WRAPPED {
        let begin = format!("| `{}` |", purpose.as_str());
        assert_eq!(rows.iter().filter(|row| row.starts_with(&begin)).count(), 1, "{begin}");
    }
    for named in ["| wrapping key |", "| data keys |", "| signing keys |"] {
        assert_eq!(rows.iter().filter(|row| row.starts_with(named)).count(), 1, "{named}");
    }
    let derived_of = |key: &str| quoted(rows.iter().find(|row| row.starts_with(&format!("| `{key}` |"))).unwrap());
    let named: BTreeSet<_> = derived_of("mac").union(&derived_of("outbox")).cloned().collect();
    let derived: BTreeSet<_> = deployed()
        .iter()
        .flat_map(|(_, source)| source.split(".derive(\"").skip(1))
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect();
    assert!(derived.len() > 3, "{derived:?}");
    assert!(derived.is_subset(&named), "derived from `mac` and `outbox`: {derived:?}; named: {named:?}");
}

#[test]
fn cryptography_is_where_the_inventory_says() {
    let listed: BTreeSet<_> =
        quoted(&section("Cryptography")).into_iter().filter(|name| name.starts_with("shared/")).collect();
    let found: BTreeSet<_> = deployed()
        .into_iter()
        .filter(|(_, source)| LIBRARIES.iter().any(|library| names(source, library)))
        .map(|(path, _)| path)
        .collect();
    assert_eq!(listed, found, "the inventory, and where cryptography is");
}

#[test]
fn randomness_begins_with_the_system() {
    let begun = |word: &str| -> Vec<String> {
        deployed().into_iter().filter(|(_, source)| names(source, word)).map(|(path, _)| path).collect()
    };
    assert_eq!(begun("Rng::seeded("), ["shared/edge/src/deployment.rs"]);
    assert_eq!(begun("SystemRandom::new("), ["shared/edge/src/deployment.rs", "shared/keys/src/signer.rs"]);
}

#[test]
fn secrets_are_compared_in_constant_time() {
    const SECRET: [&str; 6] = ["mac", "tag", "digest", "secret", "hash", "reveal()"];
    let mut seen = BTreeSet::new();
    for (path, source) in deployed() {
        let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in code.filter(|line| [" == ", " != ", ".contains(&"].iter().any(|sign| line.contains(sign))) {
            if SECRET.iter().any(|word| names(line, word)) {
                let reviewed = REVIEWED.iter().position(|(file, part, _)| *file == path && line.contains(part));
                seen.insert(reviewed.unwrap_or_else(|| panic!("{path} compares a secret as anything else: {line}")));
            }
        }
    }
    assert_eq!(seen.len(), REVIEWED.len(), "what is reviewed is there");
    // What is compared at all, at least: codes, links, passwords, tokens, secrets of clients, apps and recoveries.
    let equal: BTreeSet<_> =
        deployed().into_iter().filter(|(_, source)| names(source, "equal(")).map(|(path, _)| path).collect();
    for path in [
        "functions/mfa/src/prove.rs",
        "shared/domain/src/client.rs",
        "shared/domain/src/password.rs",
        "shared/domain/src/secret.rs",
        "shared/domain/src/totp.rs",
        "shared/edge/src/context.rs",
        "shared/signin/src/device.rs",
        "shared/store/src/challenge.rs",
        "shared/store/src/link.rs",
        "shared/store/src/refresh.rs",
    ] {
        assert!(equal.contains(path), "{path}");
    }
}
