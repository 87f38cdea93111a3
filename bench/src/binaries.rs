//! The functions' binaries, as they are deployed: each built by itself, so that none is given
//! another's features.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::Outcome;

/// Every function, in the order of the tables.
pub(crate) const FUNCTIONS: [&str; 29] = [
    "register",
    "verify",
    "login",
    "mfa",
    "authorize",
    "device",
    "passkey",
    "passwordless",
    "factors",
    "recover",
    "token",
    "logout",
    "session",
    "profile",
    "clients",
    "consent",
    "wellknown",
    "mailer",
    "dispatch",
    "rotate",
    "audit",
    "roots",
    "acts",
    "erase",
    "eraser",
    "dsar_export",
    "dsar_requests",
    "dsar_reminders",
    "dsar_download",
];
/// Their names in the template are the packages', but for these.
const RENAMED: [(&str, &str); 2] = [("audit", "Sealer"), ("clients", "ClientRegistry")];
/// What they are compared with.
pub(crate) const HELLO: &str = "hello";

/// Where they are.
pub(crate) struct Binaries {
    folder: PathBuf,
    sam: Option<PathBuf>,
}

impl Binaries {
    /// Where this program is, for cargo puts them all into one folder.
    pub(crate) fn here(sam: Option<PathBuf>) -> Outcome<Self> {
        let own = std::env::current_exe()?;
        Ok(Self { folder: own.parent().ok_or("this program lies in no folder")?.to_owned(), sam })
    }

    /// Builds what of these is not up to date, and hello world, with the profile that this program was built with.
    pub(crate) async fn build(&self, functions: &[&str]) -> Outcome<()> {
        let target = self.folder.parent().ok_or("this program lies in no target folder")?;
        let profile = if self.folder.ends_with("release") { "release" } else { "dev" };
        let functions = if self.sam.is_some() { &[] } else { functions };
        for package in functions.iter().chain([&HELLO]) {
            let mut cargo = cargo(&["build", "--quiet", "--profile", profile, "--package", package]);
            if !cargo.env("CARGO_TARGET_DIR", target).status().await?.success() {
                return Err(format!("{package} does not build").into());
            }
        }
        Ok(())
    }

    /// A package's binary.
    pub(crate) fn path(&self, package: &str) -> PathBuf {
        match &self.sam {
            Some(sam) if package != HELLO => sam.join(logical_id(package)).join("bootstrap"),
            _ => self.folder.join(package),
        }
    }
}

fn logical_id(function: &str) -> String {
    if let Some((_, name)) = RENAMED.iter().find(|(package, _)| *package == function) {
        return (*name).to_owned();
    }
    let capitalised = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    function.split('_').map(capitalised).collect()
}

/// The repository.
pub(crate) fn root() -> &'static Path {
    let bench = Path::new(env!("CARGO_MANIFEST_DIR"));
    bench.parent().unwrap_or(bench)
}

/// Cargo, in the repository.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut cargo = Command::new(option_env!("CARGO").unwrap_or("cargo"));
    cargo.args(arguments).current_dir(root());
    cargo
}
