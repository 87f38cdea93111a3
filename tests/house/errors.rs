//! `docs/errors.md` lists what is answered, all of it and nothing else.

use std::collections::BTreeSet;

use edge::{Kind, OAuthCode};

use super::{deployed, read};

/// The rows of the table under a heading: their cells.
fn table(heading: &str) -> Vec<Vec<String>> {
    let text = read("docs/errors.md");
    let (_, section) = text.split_once(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("no section {heading}"));
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| row.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()).collect()
}

#[test]
fn every_type_of_problem_is_listed() {
    let listed: Vec<_> = table("Problem types").into_iter().map(|row| row.join(" | ")).collect();
    let catalogue =
        Kind::ALL.iter().map(|kind| format!("`{}` | {} | {}", kind.urn(), kind.status().as_u16(), kind.doc()));
    assert_eq!(listed, catalogue.collect::<Vec<_>>());
}

#[test]
fn every_oauth_error_is_listed() {
    let listed: Vec<_> = table("OAuth errors").into_iter().map(|row| format!("{} {}", row[0], row[1])).collect();
    let all = OAuthCode::ALL.map(|code| format!("`{}` {}", code.as_str(), code.status().as_u16()));
    assert_eq!(listed, all);
}

#[test]
fn every_code_of_a_field_is_listed() {
    let listed: BTreeSet<_> = table("Fields").into_iter().map(|row| row[0].trim_matches('`').to_owned()).collect();
    let deployed = deployed();
    let used: BTreeSet<_> = deployed.iter().flat_map(|(_, source)| codes(source)).collect();
    assert!(used.len() > 20, "{used:?}");
    let forgotten: Vec<_> = used.difference(&listed).collect();
    assert!(forgotten.is_empty(), "docs/errors.md does not list {forgotten:?}");
    let is_said = |code: &&String| deployed.iter().any(|(_, source)| source.contains(&format!("\"{code}\"")));
    let invented: Vec<_> = listed.iter().filter(|code| !is_said(code)).collect();
    assert!(invented.is_empty(), "docs/errors.md lists {invented:?}, which nobody answers");
}

/// The codes that stand in the code: where a field error is made, where a closure that makes one is
/// called, and what a refused password answers.
fn codes(source: &str) -> Vec<String> {
    const MADE: [&str; 2] = ["FieldError::new(", "::field("];
    let closures: BTreeSet<_> = MADE
        .into_iter()
        .flat_map(|call| source.match_indices(call))
        .filter_map(|(at, _)| source[..at].rsplit_once("let "))
        .filter_map(|(_, statement)| statement.split_once(" = ").filter(|(_, rest)| rest.starts_with('|')))
        .filter(|(_, rest)| !rest.contains(';'))
        .map(|(name, _)| format!("{name}("))
        .collect();
    let calls = MADE.into_iter().map(str::to_owned).chain(closures);
    let of_calls = calls.flat_map(|call| {
        let is_whole =
            |at: usize| call.starts_with(':') || !source[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let starts: Vec<_> = source.match_indices(&call).map(|(at, _)| at).filter(|at| is_whole(*at)).collect();
        starts.into_iter().filter_map(move |at| words(arguments(&source[at + call.len()..])).next()).collect::<Vec<_>>()
    });
    let of_passwords = source.split("impl PasswordRefused {").nth(1).and_then(|rest| rest.split("\n}").next());
    of_calls.chain(words(of_passwords.unwrap_or_default())).map(str::to_owned).collect()
}

/// What stands before the parenthesis that closes a call.
fn arguments(rest: &str) -> &str {
    let mut open = 0;
    let end = rest.find(|c: char| {
        open += i32::from(c == '(') - i32::from(c == ')');
        open < 0
    });
    end.map_or(rest, |end| &rest[..end])
}

/// The texts in quotes that could be codes.
fn words(source: &str) -> impl Iterator<Item = &str> {
    let quoted = source.split('"').skip(1).step_by(2);
    quoted.filter(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
}
