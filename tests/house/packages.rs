//! Dependencies point one way, and the deployed ones stay small.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::{at, each, files, flows, metadata, names, read, text};

/// Which package is above which: each may depend on lower ones alone.
const LAYERS: [&[&str]; 5] = [
    &["domain", "alike", "wire"],
    &["keys", "notify", "archive"],
    &["store"],
    &["edge"],
    &["signin", "passkeys", "pages"],
];
/// What sees everything, and is seen by nothing that is deployed.
const ABOVE: [&str; 8] = ["local", "breached", "restore", "tests", "authenticator", "bench", "hello", "verify-audit"];

/// A package by its name; of ours there is one of each.
pub(super) fn package(name: &str) -> &'static Value {
    let members: Vec<_> = each(&metadata()["workspace_members"]).collect();
    let own = |package: &&Value| package["name"] == name && members.contains(&&package["id"]);
    each(&metadata()["packages"]).find(own).unwrap_or_else(|| panic!("no package {name}"))
}

/// Whether a package of ours names this one among its dependencies, tests' apart.
pub(super) fn depends_on(name: &str, on: &str) -> bool {
    direct(name).contains(&on)
}

fn direct(name: &str) -> Vec<&'static str> {
    let all = each(&package(name)["dependencies"]).filter(|dependency| dependency["kind"] != "dev");
    all.map(|dependency| text(&dependency["name"])).collect()
}

fn members() -> Vec<&'static str> {
    let ids: Vec<_> = each(&metadata()["workspace_members"]).collect();
    each(&metadata()["packages"]).filter(|p| ids.contains(&&p["id"])).map(|p| text(&p["name"])).collect()
}

/// The names of all packages that go into this one: its dependencies, theirs, and so on.
fn tree(root: &str) -> BTreeSet<&'static str> {
    let nodes: HashMap<&str, &Value> = each(&metadata()["resolve"]["nodes"]).map(|n| (text(&n["id"]), n)).collect();
    let names: HashMap<&str, &str> =
        each(&metadata()["packages"]).map(|package| (text(&package["id"]), text(&package["name"]))).collect();
    let (mut seen, mut rest) = (BTreeSet::new(), vec![text(&package(root)["id"])]);
    while let Some(id) = rest.pop() {
        if seen.insert(id) {
            let deps = each(&nodes[id]["deps"]);
            rest.extend(
                deps.filter(|dep| each(&dep["dep_kinds"]).any(|kind| kind["kind"] != "dev"))
                    .map(|dep| text(&dep["pkg"])),
            );
        }
    }
    seen.into_iter().map(|id| names[id]).collect()
}

/// How high a package of ours stands.
fn height(name: &str) -> usize {
    match LAYERS.iter().position(|layer| layer.contains(&name)) {
        Some(height) => height,
        None if flows().iter().any(|flow| flow == name) => LAYERS.len(),
        None if ABOVE.contains(&name) => LAYERS.len() + 1,
        None => panic!("{name} stands in no layer: add it to tests/house/packages.rs"),
    }
}

#[test]
fn dependencies_point_one_way() {
    let members = members();
    for name in &members {
        for on in direct(name).into_iter().filter(|on| members.contains(on)) {
            let both_above = ABOVE.contains(name) && ABOVE.contains(&on);
            assert!(height(on) < height(name) || both_above, "{name} depends on {on}");
        }
    }
    assert!(!depends_on("edge", "keys"), "edge knows no KMS");
    let of_passkeys: Vec<_> = direct("passkeys").into_iter().filter(|on| members.contains(on)).collect();
    assert_eq!(of_passkeys, ["domain"], "a ceremony is pure");
}

#[test]
fn one_crate_knows_each_service() {
    let owners = [
        ("aws-sdk-kms", "keys"),
        ("aws-sdk-dynamodb", "store"),
        ("aws-sdk-sesv2", "notify"),
        ("aws-sdk-sns", "notify"),
        ("aws-sdk-s3", "archive"),
        ("aws-sigv4", "wire"),
        ("argon2", "domain"),
        ("lambda_http", "edge"),
        ("webauthn-rs", "passkeys"),
        ("webauthn-rs-core", "passkeys"),
    ];
    for name in members().into_iter().filter(|name| !ABOVE.contains(name)) {
        for (dependency, owner) in owners {
            assert!(!depends_on(name, dependency) || name == owner, "{name} names {dependency}");
        }
    }
}

/// What leaves takes a permit, and the table of transfers alone makes one.
#[test]
fn nothing_leaves_without_a_permit() {
    let send = read("shared/notify/src/send.rs");
    let send = send.split("#[cfg(test)]").next().unwrap();
    let ways: Vec<_> = send.split("pub async fn ").skip(1).collect();
    assert_eq!(ways.len(), 2, "a new way to send");
    for way in ways {
        let (arguments, _) = way.split_once(") ->").unwrap();
        assert!(arguments.contains("permit: Permit<"), "{arguments}");
    }
    assert_eq!(send.matches(".send()").count(), 2, "each call of SES and SNS is in one of them");
    let dispatch = read("functions/mailer/src/dispatch.rs");
    let (_, way) = dispatch.split_once("pub(crate) async fn ").unwrap();
    assert!(way.split_once(") ->").unwrap().0.contains("permit: Permit<"), "{way}");
    // What is fetched before anybody has signed in takes none: all that is told is the address.
    let fetch = read("functions/authorize/src/fetch.rs");
    let fetch = fetch.split("#[cfg(test)]").next().unwrap();
    assert_eq!((fetch.matches("json!(").count(), fetch.matches(r#"json!({"fetch": url})"#).count()), (1, 1));
    let folders = names("shared").into_iter().map(|name| format!("shared/{name}/src"));
    let folders = folders.chain(flows().into_iter().map(|name| format!("functions/{name}/src")));
    for path in folders.flat_map(|folder| files(&folder, ".rs")) {
        let makes = read(&path).contains("Permit {");
        assert!(!makes || path == "shared/domain/src/transfer.rs", "{path} makes a permit");
    }
}

#[test]
fn the_domain_is_pure() {
    let impure =
        ["tokio", "futures", "async-", "http", "hyper", "axum", "tower", "reqwest", "lambda", "aws-", "tracing"];
    for name in tree("domain") {
        assert!(!impure.iter().any(|start| name.starts_with(start)), "domain brings {name}");
    }
}

#[test]
fn what_is_deployed_brings_one_tls_and_no_test_tool() {
    let unwanted = [
        "aws-lc",
        "openssl-sys",
        "native-tls",
        "webpki-roots",
        "dynoxide",
        "rusqlite",
        "jsonwebtoken",
        "reqwest",
        "clap",
    ];
    for flow in flows() {
        let tree = tree(&flow);
        assert!(tree.contains("edge"), "{flow}");
        for name in &tree {
            assert!(
                !ABOVE.contains(name) && !unwanted.iter().any(|start| name.starts_with(start)),
                "{flow} brings {name}"
            );
        }
    }
}

#[test]
fn every_version_stands_in_the_workspace() {
    for name in members() {
        let manifest = std::fs::read_to_string(text(&package(name)["manifest_path"])).unwrap();
        let mut section = "";
        for line in manifest.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if line.starts_with('[') {
                section = line;
            } else if section.ends_with("dependencies]") {
                assert!(line.contains("workspace = true"), "{name}: {line}");
            }
        }
    }
}

#[test]
fn what_is_named_is_used() {
    // `alike` is nothing but what it names, and has no code to be called.
    for name in members().into_iter().filter(|name| *name != "alike") {
        let manifest = text(&package(name)["manifest_path"]);
        let folder = manifest.strip_suffix("/Cargo.toml").unwrap();
        let folder = folder.strip_prefix(at("").to_str().unwrap()).unwrap().trim_start_matches('/');
        // `bench` has a package of its own inside.
        let own = files(folder, ".rs").into_iter().filter(|path| name != "bench" || !path.starts_with("bench/hello/"));
        let source: String = own.map(|path| read(&path)).collect();
        let node = each(&metadata()["resolve"]["nodes"]).find(|node| node["id"] == package(name)["id"]).unwrap();
        for dependency in each(&node["deps"]).map(|dependency| text(&dependency["name"])).filter(|on| *on != "alike") {
            let is_whole = |(at, _): (usize, &str)| !source[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
            let is_used = source.match_indices(&format!("{dependency}::")).any(is_whole);
            assert!(is_used, "{name} names {dependency}, which its code does not");
        }
    }
    let manifest = read("Cargo.toml");
    let (_, listed) = manifest.split_once("[workspace.dependencies]\n").unwrap();
    let listed = listed.split("\n[").next().unwrap().lines().filter_map(|line| line.split_once(" = "));
    let named: BTreeSet<_> = members()
        .into_iter()
        .flat_map(|name| each(&package(name)["dependencies"]))
        .map(|of| of["rename"].as_str().unwrap_or(text(&of["name"])))
        .collect();
    for (name, _) in listed.filter(|(name, _)| !name.starts_with('#')) {
        assert!(named.contains(name), "the workspace lists {name}, which no package names");
    }
}

/// SAM builds one function after the other: where two of them ask a dependency for different features, it
/// and all that stands on it are compiled once more. `shared/alike` asks for the same in all.
#[test]
fn dependencies_are_built_alike_in_every_function() {
    let mut features: HashMap<String, Vec<BTreeSet<String>>> = HashMap::new();
    for flow in flows() {
        let tree = ["tree", "--offline", "--edges", "normal,build", "--prefix", "none", "--format", "{p} = {f}"];
        let tree = std::process::Command::new(env!("CARGO"))
            .args(tree)
            .args(["--target", "x86_64-unknown-linux-gnu", "--package", &flow])
            .current_dir(at(""))
            .output()
            .unwrap();
        let tree = String::from_utf8(tree.stdout).unwrap();
        // A build script's dependencies have features of their own, so that there may be several.
        let mut own: HashMap<&str, BTreeSet<String>> = HashMap::new();
        for (package, asked) in tree.lines().filter_map(|line| line.trim_end_matches(" (*)").split_once(" = ")) {
            own.entry(package).or_default().insert(asked.to_owned());
        }
        assert!(own.len() > 50, "{flow}: {}", own.len());
        for (package, asked) in own {
            features.entry(package.to_owned()).or_default().push(asked);
        }
    }
    for (package, asked) in features {
        let in_all = asked[0].iter().any(|one| asked.iter().all(|other| other.contains(one)));
        assert!(in_all, "{package} is built in several ways: name it in shared/alike: {asked:?}");
    }
}

#[test]
fn hashing_is_built_for_speed() {
    let manifest = read("Cargo.toml");
    let profile = |section: &str| {
        let (_, rest) = manifest.split_once(&format!("\n[{section}]\n")).unwrap_or_else(|| panic!("no [{section}]"));
        rest.split("\n[").next().unwrap().to_owned()
    };
    for section in ["profile.release.package.argon2", "profile.release.package.blake2"] {
        assert!(profile(section).contains("opt-level = 3"), "{section}");
    }
    // With "s" at the root and optimization at link time, the packages' own levels would be lost, and hashing take
    // twice as long.
    assert!(profile("profile.release").contains("lto = \"off\""));
    assert!(profile("profile.release").contains("panic = \"abort\""));
    assert!(profile("profile.dev.package").contains("argon2 = { opt-level = 3 }"));
}
