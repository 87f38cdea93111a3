//! `docs/errors.md` lists what is answered, all of it and nothing else.

use std::collections::BTreeSet;

use edge::{Kind, OAuthCode};

use super::{files, flows, names, read};

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
    let used = codes();
    assert!(used.len() > 8, "{used:?}");
    let forgotten: Vec<_> = used.difference(&listed).collect();
    assert!(forgotten.is_empty(), "docs/errors.md does not list {forgotten:?}");
}

/// The codes that stand in the code: the second argument where a field error is made.
fn codes() -> BTreeSet<String> {
    let folders = names("shared").into_iter().map(|name| format!("shared/{name}/src"));
    let folders = folders.chain(flows().into_iter().map(|name| format!("functions/{name}/src")));
    let mut codes = BTreeSet::new();
    for path in folders.flat_map(|folder| files(&folder, ".rs")).filter(|path| !path.ends_with("tests.rs")) {
        let source = read(&path);
        let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let made = ["FieldError::new(", "Problem::field("].into_iter().flat_map(|call| source.split(call).skip(1));
        for arguments in made {
            let arguments: String = arguments.chars().take(120).collect();
            let quoted = arguments.split(", \"").skip(1).map(|rest| rest.split('"').next().unwrap());
            let mut words = quoted.filter(|word| word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
            codes.extend(words.next().map(str::to_owned));
        }
    }
    codes
}
