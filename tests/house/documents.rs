//! Documents lead where they say.

use super::{at, files, metadata, names, read};

fn documents() -> Vec<String> {
    let root = names("").into_iter().filter(|name| name.ends_with(".md"));
    root.chain(files("docs", ".md")).collect()
}

#[test]
fn every_link_leads_somewhere() {
    for document in documents() {
        let text = read(&document);
        let folder = document.rsplit_once('/').map_or("", |(folder, _)| folder);
        for link in text.split("](").skip(1).map(|rest| rest.split([')', ' ']).next().unwrap()) {
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let target = if path.is_empty() {
                document.clone()
            } else {
                format!("{folder}/{path}").trim_start_matches('/').to_owned()
            };
            assert!(at(&target).exists(), "{document} links to {link}");
            if !anchor.is_empty() && target.ends_with(".md") {
                assert!(anchors(&read(&target)).iter().any(|known| known == anchor), "{document} links to {link}");
            }
        }
    }
}

/// The headings of a document, as GitHub makes anchors of them.
fn anchors(text: &str) -> Vec<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    headings
        .map(|line| line.trim_start_matches('#').trim().to_lowercase().chars().filter(kept).collect::<String>())
        .map(|heading| heading.replace(' ', "-"))
        .collect()
}

#[test]
fn every_file_that_is_named_is_there() {
    const ROOTS: [&str; 7] = ["functions/", "shared/", "infra/", "tests/", "docs/", "config/", ".ci/"];
    // The page that shows how to add a flow adds one that does not exist.
    const IMAGINARY: &str = "nickname";
    for document in documents() {
        for name in read(&document).split('`').skip(1).step_by(2) {
            let is_path = ROOTS.iter().any(|root| name.starts_with(root))
                && !name.contains(['<', '*', '{', ' ', '…', '\n'])
                && !name.contains(IMAGINARY);
            assert!(!is_path || at(name.split(':').next().unwrap()).exists(), "{document} names {name}");
        }
    }
}

#[test]
fn every_command_of_the_readme_exists() {
    let readme = read("README.md");
    let commands: Vec<_> = readme.lines().map(|line| line.trim_start_matches("$ ").trim()).collect();
    let packages: Vec<_> = super::each(&metadata()["packages"]).map(|package| super::text(&package["name"])).collect();
    let mut runs = false;
    for command in commands.iter().filter(|line| line.starts_with("cargo ") || line.starts_with("bash ")) {
        let words: Vec<_> = command.split_whitespace().collect();
        for pair in words.windows(2) {
            assert!(!["-p", "--package"].contains(&pair[0]) || packages.contains(&pair[1]), "{command}");
        }
        assert!(words[0] != "bash" || at(words[1]).is_file(), "{command}");
        runs |= words.starts_with(&["cargo", "run"]) || words.starts_with(&["cargo", "portico"]);
    }
    assert!(runs, "README.md says how to run it");
    assert!(readme.contains("cargo test --workspace"), "README.md says how to test it");
    assert!(readme.contains("sam build") && readme.contains("sam deploy"), "README.md says how to deploy it");
}

#[test]
fn what_a_repository_needs_is_there() {
    for file in ["README.md", "LICENSE", "SECURITY.md", "CONTRIBUTING.md", "openapi.json", "samconfig.toml"] {
        assert!(at(file).is_file(), "{file}");
    }
    assert!(read("LICENSE").contains("Apache License"));
}

/// How many requirements each section of ASVS 5.0.0's chapters 6 and 7 has.
const ASVS: [(&str, usize); 14] = [
    ("V6.1", 3),
    ("V6.2", 12),
    ("V6.3", 8),
    ("V6.4", 6),
    ("V6.5", 8),
    ("V6.6", 4),
    ("V6.7", 2),
    ("V6.8", 4),
    ("V7.1", 3),
    ("V7.2", 4),
    ("V7.3", 2),
    ("V7.4", 5),
    ("V7.5", 3),
    ("V7.6", 2),
];

#[test]
fn every_requirement_of_asvs_has_its_test() {
    let page = read("docs/asvs.md");
    let rows: Vec<Vec<&str>> = page
        .lines()
        .filter(|line| line.starts_with("| V"))
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect();
    let wanted = ASVS.iter().flat_map(|(section, n)| (1..=*n).map(move |n| format!("{section}.{n}")));
    for id in wanted {
        assert_eq!(rows.iter().filter(|row| row[0] == id).count(), 1, "{id}");
    }
    for row in rows {
        let [id, level, what, shown] = row[..] else { panic!("{row:?} has not four columns") };
        assert!(["1", "2", "3"].contains(&level), "{id}");
        let named: Vec<&str> = shown.split('`').skip(1).step_by(2).collect();
        let is_excused = ["**n/a**", "**open**"].iter().any(|mark| what.starts_with(mark));
        assert!(is_excused == named.is_empty() && is_excused == (shown == "–"), "{id} is shown by {shown}");
        for test in named {
            let (file, name) = test.split_once("::").unwrap_or_else(|| panic!("{id} names {test}"));
            assert!(read(file).contains(&format!("fn {name}()")), "{id}: there is no test {test}");
        }
    }
}
