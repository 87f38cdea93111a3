//! How large the functions are, and what they do not bring.

use std::io::Write as _;

use flate2::{Compression, write::DeflateEncoder};

use crate::{
    Outcome,
    aims::Aims,
    binaries::{Binaries, FUNCTIONS, cargo},
    table::Table,
};

/// What a function may take.
const LIMIT: usize = 4_000_000;
/// What these may take beyond that: two validate JSON Schema, whose library is as large as all of AWS's, and
/// one knows passkeys, the world's phone numbers and how to draw a QR code.
const LARGE: [&str; 3] = ["register", "profile", "factors"];
const LARGE_LIMIT: usize = 4_500_000;
/// What a ZIP file of one member holds beside it: two headers, each with the name `bootstrap`, and
/// the end of the directory.
const ZIP: usize = 30 + 9 + 46 + 9 + 22;

/// The table of sizes.
pub(crate) async fn table(binaries: &Binaries, aims: &mut Aims) -> Outcome<Table> {
    let mut table = Table::new("Size of each function", &["function", "binary, MB", "zipped, MB"]);
    let (mut largest, mut largest_of_large, mut brings) = (0, 0, Vec::new());
    for function in FUNCTIONS {
        let binary = std::fs::read(binaries.path(function))?;
        let zipped = deflated(&binary)? + ZIP;
        let largest = if LARGE.contains(&function) { &mut largest_of_large } else { &mut largest };
        *largest = zipped.max(*largest);
        table.row([function.to_owned(), megabytes(binary.len()), megabytes(zipped)]);
        if brings_aws_lc(function).await? {
            brings.push(function);
        }
    }
    let found = |largest| format!("{} MB", megabytes(largest));
    aims.count("zipped size of the largest function", "≤ 4 MB", found(largest), largest <= LIMIT);
    let is_met = largest_of_large <= LARGE_LIMIT;
    aims.count("the same, of register, profile and factors", "≤ 4.5 MB", found(largest_of_large), is_met);
    let found = if brings.is_empty() { "none".to_owned() } else { brings.join(", ") };
    aims.count("functions that bring aws-lc", "none", found, brings.is_empty());
    Ok(table)
}

fn deflated(bytes: &[u8]) -> std::io::Result<usize> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len())
}

#[expect(clippy::cast_precision_loss, reason = "two decimals are shown")]
fn megabytes(bytes: usize) -> String {
    format!("{:.2}", bytes as f64 / 1e6)
}

async fn brings_aws_lc(function: &str) -> Outcome<bool> {
    let tree = cargo(&["tree", "--edges", "normal,build", "--prefix", "none", "--package", function]).output().await?;
    if !tree.status.success() {
        return Err(format!("cargo tree: {}", String::from_utf8_lossy(&tree.stderr)).into());
    }
    Ok(String::from_utf8_lossy(&tree.stdout).lines().any(|line| line.starts_with("aws-lc")))
}
