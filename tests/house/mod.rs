//! Rules of the house: what stands in several places says the same in all of them. Nothing here
//! needs a running system.

mod conformance;
mod cryptography;
mod documents;
mod errors;
mod in_step;
mod licences;
mod packages;
pub(crate) mod settings;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

pub(crate) use local::template::FunctionSpec;
use local::template::{Place, Template};
use serde_json::Value;

/// A file or folder of the repository.
pub(crate) fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(path)
}

fn read(path: &str) -> String {
    std::fs::read_to_string(at(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The names in a folder, sorted.
fn names(folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(at(folder)).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Every file below a folder whose name ends so, by its path from the root.
pub(crate) fn files(folder: &str, ending: &str) -> Vec<String> {
    let mut found = Vec::new();
    for name in names(folder) {
        let path = format!("{folder}/{name}");
        if at(&path).is_dir() {
            found.extend(files(&path, ending));
        } else if name.ends_with(ending) {
            found.push(path);
        }
    }
    found
}

/// The flows: the folders of `functions/`.
fn flows() -> Vec<String> {
    names("functions")
}

/// What is deployed: each file of `shared/` and `functions/`, and its code without its tests.
fn deployed() -> Vec<(String, String)> {
    let folders = names("shared").into_iter().map(|name| format!("shared/{name}/src"));
    let folders = flows().into_iter().map(|name| format!("functions/{name}/src")).chain(folders);
    let all = folders.flat_map(|folder| files(&folder, ".rs"));
    let own = all.filter(|path| !path.ends_with("/tests.rs") && !path.contains("/tests/"));
    own.map(|path| {
        let code = read(&path).split("#[cfg(test)]\nmod tests {").next().unwrap().to_owned();
        (path, code)
    })
    .collect()
}

/// The functions of the template, once in each signing mode.
pub(crate) fn functions() -> Vec<FunctionSpec> {
    let template = Template::parse(&read("template.yaml")).unwrap();
    let modes = ["kms", "kms-wrapped"].into_iter().flat_map(|mode| {
        let mut place = Place::default();
        let parameters = [
            ("ClientIdMetadataDocuments", "any"),
            ("SigningMode", mode),
            ("Sender", "a@portico.example"),
            ("SenderIdentity", "portico.example"),
            ("AuditBucket", "make"),
        ];
        place.parameters.extend(parameters.map(|(name, value)| (name.to_owned(), value.to_owned())));
        for key in template.keys(&place).unwrap() {
            place.ids.insert(key.logical_id.clone(), key.logical_id);
        }
        template.functions(&place).unwrap()
    });
    modes.collect()
}

/// What cargo knows of the workspace and all that it depends on, on this machine's platform.
fn metadata() -> &'static Value {
    static METADATA: OnceLock<Value> = OnceLock::new();
    METADATA.get_or_init(|| {
        let version = Command::new("rustc").arg("-vV").output().unwrap();
        let version = String::from_utf8(version.stdout).unwrap();
        let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--offline", "--filter-platform", host])
            .current_dir(at(""))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    })
}

/// The members of an array.
fn each(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().unwrap().iter()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
