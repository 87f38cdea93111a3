//! The table of the foundation's modules says what is there.

use std::collections::BTreeSet;

use super::{files, read};

/// How many modules there are in the five plans.
const MODULES: usize = 111;

/// The rows of the table: a module, and what is said of it.
fn rows() -> Vec<(String, String)> {
    let document = read("docs/oidc.md");
    let row = |line: &str| {
        let (module, said) = line.strip_prefix("| `")?.strip_suffix(" |")?.split_once("` | ")?;
        let is_module = module.starts_with("OIDCC") || module.starts_with("FAPI2");
        is_module.then(|| (module.to_owned(), said.to_owned()))
    };
    document.lines().filter_map(row).collect()
}

#[test]
fn every_module_stands_in_the_table_once() {
    let rows = rows();
    let modules: BTreeSet<_> = rows.iter().map(|(module, _)| module).collect();
    assert_eq!((rows.len(), modules.len()), (MODULES, MODULES));
}

#[test]
fn what_the_table_says_is_so() {
    for (module, said) in rows() {
        if said.starts_with("does not apply: ") {
            continue;
        }
        let file = said.strip_prefix('`').and_then(|rest| rest.strip_suffix('`'));
        let file = file.unwrap_or_else(|| panic!("{module}: {said}"));
        assert!(read(file).contains(&format!("\nasync fn {module}() {{")), "{file} has no test {module}");
    }
}

#[test]
fn every_test_of_a_module_stands_in_the_table() {
    let said = rows();
    for file in files("tests/conformance", ".rs") {
        let source = read(&file);
        let tests = source.split("\nasync fn ").skip(1).filter_map(|rest| rest.split_once('(')).map(|(name, _)| name);
        for name in tests.filter(|name| name.starts_with("OIDCC") || name.starts_with("FAPI2")) {
            let cell = format!("`{file}`");
            assert!(said.iter().any(|(module, here)| module == name && *here == cell), "{file}: {name}");
        }
    }
}
