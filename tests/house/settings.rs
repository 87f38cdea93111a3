//! Every setting that the code reads can be set by whoever deploys, and nothing is set that nobody
//! reads.

use std::collections::{BTreeMap, BTreeSet};

use local::settings::DEFAULTS;
use local::template::{Place, Template};

use super::packages::depends_on;
use super::{files, flows, functions, names};

/// How limits' names begin. The template leaves them to their defaults: whoever needs another value writes it into
/// the template's environment. `docs/operations.md` lists them.
const LIMITS: &str = "LIMIT_";
/// Settings of `signin` and `domain` that only those flows read that ask for them, and by which call: some can be
/// large, and Lambda gives a function's whole environment 4 KB; a file has to be beside the function.
const ASKED_FOR: [(&str, &str); 9] = [
    ("CLIENTS", "signin::clients("),
    ("BRANDS", "KnownClients::with_brands("),
    ("CLIENTS", "KnownClients::with_brands("),
    ("CLIENTS", "KnownClients::read("),
    ("CLIENTS", "registration_is_open("),
    ("PROFILE_SCHEMA", "signin::profile_schema("),
    ("TRANSFERS", "Transfers::read("),
    ("PURPOSES", "signin::purposes("),
    ("BREACHED_PASSWORDS", "Passwords::judging("),
];
/// What Lambda sets.
const LAMBDA: &str = "AWS_";

/// The settings that each package of ours reads: the upper-case words in its code's quotes.
fn read() -> BTreeMap<String, BTreeSet<String>> {
    let folders = names("shared").into_iter().map(|name| (format!("shared/{name}/src"), name));
    let folders = folders.chain(flows().into_iter().map(|name| (format!("functions/{name}/src"), name)));
    folders.map(|(folder, name)| (name, in_folder(&folder))).collect()
}

fn in_folder(folder: &str) -> BTreeSet<String> {
    let code = files(folder, ".rs").into_iter().filter(|path| !path.ends_with("tests.rs"));
    code.flat_map(|path| {
        let source = super::read(&path);
        let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        source.lines().flat_map(settings).collect::<Vec<_>>()
    })
    .collect()
}

/// The limits of all flows, for tests that do not want to meet them.
pub(crate) fn limits() -> BTreeSet<String> {
    read().into_values().flatten().filter(|name| name.starts_with(LIMITS)).collect()
}

/// The settings that a line of code names.
fn settings(line: &str) -> Vec<String> {
    let quoted = line.split('"').skip(1).step_by(2).map(str::to_owned);
    let shouted = |word: &String| {
        word.len() > 3 && word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    };
    let asked = [".text(", ".required(", ".number("].iter().any(|call| line.contains(call));
    quoted.filter(shouted).filter(|word| (asked || word.contains('_')) && !word.starts_with("CARGO_")).collect()
}

/// What a flow's function reads: its own code, and that of what it depends on.
fn read_by(flow: &str, read: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<String> {
    let reachable = |package: &&String| **package == flow || reaches(flow, package);
    let all = read.keys().filter(reachable).flat_map(|package| read[package].clone());
    all.filter(|name| asks_for(flow, name)).collect()
}

/// Whether a flow asks for a setting that is not simply everybody's.
fn asks_for(flow: &str, name: &str) -> bool {
    let mut calls = ASKED_FOR.iter().filter(|(setting, _)| *setting == name).map(|(_, call)| *call).peekable();
    let code =
        || files(&format!("functions/{flow}/src"), ".rs").iter().map(|path| super::read(path)).collect::<String>();
    calls.peek().is_none() || calls.any(|call| code().contains(call))
}

fn reaches(from: &str, to: &str) -> bool {
    depends_on(from, to) || names("shared").iter().any(|between| depends_on(from, between) && reaches(between, to))
}

#[test]
fn what_is_read_can_be_set() {
    let read = read();
    for function in functions() {
        for name in read_by(&function.flow, &read) {
            let elsewhere = name.starts_with(LAMBDA) || DEFAULTS.contains(&&*name);
            assert!(function.environment.contains_key(&name) || elsewhere, "{} reads {name}", function.flow);
        }
    }
}

#[test]
fn what_can_be_set_is_read() {
    let read: BTreeSet<_> = read().into_values().flatten().collect();
    for function in functions() {
        for name in function.environment.keys() {
            assert!(read.contains(name), "{} is given {name}, which nobody reads", function.flow);
            assert!(asks_for(&function.flow, name), "{} is given {name}, which it does not read", function.flow);
        }
    }
    assert!(DEFAULTS.iter().all(|name| read.contains(*name)));
}

#[test]
fn what_is_left_to_its_default_is_documented() {
    let operations = super::read("docs/operations.md");
    assert!(limits().iter().all(|name| DEFAULTS.contains(&name.as_str())));
    for name in DEFAULTS {
        assert!(operations.contains(&format!("`{name}`")), "docs/operations.md does not name {name}");
    }
}

/// The parameters of the template, and the settings that carry each of them as it is.
fn carried() -> BTreeMap<String, BTreeSet<String>> {
    let text = super::read("template.yaml");
    let parameters = text.split("\nParameters:\n").nth(1).unwrap().split("\nRules:").next().unwrap();
    let named = parameters.lines().filter_map(|line| line.strip_prefix("  ")?.split_once(':'));
    let named: Vec<_> = named.map(|(name, _)| name).filter(|name| name.starts_with(char::is_alphabetic)).collect();
    let mut place = Place::default();
    place.parameters.extend(named.iter().map(|name| ((*name).to_owned(), format!("the {name}"))));
    let functions = Template::parse(&text).unwrap().functions(&place).unwrap();
    let carrying = |name: &&str| {
        let all = functions.iter().flat_map(|function| &function.environment);
        let own = all.filter(|(_, value)| **value == format!("the {name}")).map(|(setting, _)| setting.clone());
        ((**name).to_owned(), own.collect())
    };
    named.iter().map(carrying).collect()
}

#[test]
fn a_parameter_is_set_by_its_name_in_capitals() {
    let operations = super::read("docs/operations.md");
    let section = operations.split("\n## Parameters and settings\n").nth(1).unwrap().split("\n## ").next().unwrap();
    for (parameter, settings) in carried() {
        let mut capitals = String::new();
        for (at, letter) in parameter.char_indices() {
            capitals.extend((at > 0 && letter.is_ascii_uppercase()).then_some('_'));
            capitals.push(letter.to_ascii_uppercase());
        }
        // What is no setting, or another one than its parameter says, is named.
        let is_regular = settings.iter().eq([&capitals]);
        let is_named = section.lines().any(|line| line.starts_with('|') && line.contains(&format!("`{parameter}`")));
        assert_eq!(is_regular, !is_named, "{parameter}: {settings:?}");
        assert!(is_regular || settings.is_empty(), "{parameter}: {settings:?}");
    }
}

#[test]
fn how_long_sessions_live_is_documented() {
    let operations = super::read("docs/operations.md");
    let token = functions().into_iter().find(|function| function.flow == "token").unwrap();
    let times = domain::SessionTimes::read(&domain::Settings::default()).unwrap();
    for (setting, parameter, default) in [
        ("SESSION_IDLE_SECONDS", "SessionIdleSeconds", times.idle.as_secs()),
        ("SESSION_ABSOLUTE_SECONDS", "SessionAbsoluteSeconds", times.absolute.as_secs()),
        ("SESSION_LIMIT", "SessionLimit", 0),
    ] {
        assert_eq!(token.environment[setting], default.to_string(), "{setting}");
        let row = operations.lines().find(|line| line.starts_with(&format!("| `{parameter}` | ")));
        let row = row.unwrap_or_else(|| panic!("docs/operations.md does not name {parameter}"));
        assert!(row.replace(',', "").contains(&format!(" {default} ")), "{row}");
    }
}
