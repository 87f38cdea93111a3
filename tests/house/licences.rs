//! Whatever we depend on may be used, changed and sold by whoever deploys Portico.

use super::{each, metadata, text};

/// Licences that ask for nothing but to be named; MPL-2.0 asks for changes to its own files alone.
const ALLOWED: [&str; 14] = [
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Packages whose licence is not on the list, and why they may stay.
const EXCEPTIONS: [(&str, &str); 0] = [];

#[test]
fn every_dependency_may_be_used() {
    let mut refused = Vec::new();
    for package in each(&metadata()["packages"]) {
        let (name, licence) = (text(&package["name"]), text(&package["license"]));
        if !EXCEPTIONS.iter().any(|(exception, _)| *exception == name) && !is_allowed(licence) {
            refused.push(format!("{name}: {licence:?}"));
        }
    }
    assert_eq!(refused, Vec::<String>::new());
}

/// Whether an SPDX expression can be satisfied from the list. A slash is the old way to write OR.
fn is_allowed(expression: &str) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let tokens: Vec<_> = spaced.split_whitespace().collect();
    let mut rest = tokens.as_slice();
    any_of(&mut rest) && rest.is_empty()
}

fn any_of(rest: &mut &[&str]) -> bool {
    let mut satisfied = all_of(rest);
    while take(rest, "OR") {
        satisfied |= all_of(rest);
    }
    satisfied
}

fn all_of(rest: &mut &[&str]) -> bool {
    let mut satisfied = one(rest);
    while take(rest, "AND") {
        satisfied &= one(rest);
    }
    satisfied
}

fn one(rest: &mut &[&str]) -> bool {
    if take(rest, "(") {
        return any_of(rest) & take(rest, ")");
    }
    let Some((licence, after)) = rest.split_first() else { return false };
    *rest = after;
    // An exception only ever permits more.
    if take(rest, "WITH") {
        *rest = rest.get(1..).unwrap_or_default();
    }
    ALLOWED.contains(licence)
}

fn take(rest: &mut &[&str], wanted: &str) -> bool {
    let found = rest.first() == Some(&wanted);
    if found {
        *rest = &rest[1..];
    }
    found
}

#[test]
fn expressions_are_read_as_spdx_has_them() {
    for allowed in
        ["MIT", "MIT/Apache-2.0", "GPL-3.0 OR MIT", "(MIT OR GPL-2.0) AND ISC", "Apache-2.0 WITH LLVM-exception"]
    {
        assert!(is_allowed(allowed), "{allowed}");
    }
    for refused in ["", "GPL-3.0", "MIT AND GPL-3.0", "MIT AND (GPL-2.0 OR AGPL-3.0)", "(MIT", "MIT MIT", "SSPL-1.0"] {
        assert!(!is_allowed(refused), "{refused}");
    }
}
