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

/// Each section of the chapters of ASVS 5.0.0 that the page has, whole, and the level of each of its
/// requirements in their order.
const ASVS: [(&str, &str); 30] = [
    ("V6.1", "122"),
    ("V6.2", "111111112222"),
    ("V6.3", "11223333"),
    ("V6.4", "112233"),
    ("V6.5", "22222333"),
    ("V6.6", "2223"),
    ("V6.7", "33"),
    ("V6.8", "2222"),
    ("V7.1", "222"),
    ("V7.2", "1111"),
    ("V7.3", "22"),
    ("V7.4", "11222"),
    ("V7.5", "223"),
    ("V7.6", "22"),
    ("V9.1", "111"),
    ("V9.2", "1222"),
    ("V10.1", "22"),
    ("V10.2", "223"),
    ("V10.3", "22223"),
    ("V10.4", "1111122222233333"),
    ("V10.5", "22222"),
    ("V10.6", "22"),
    ("V10.7", "222"),
    ("V11.1", "2233"),
    ("V11.2", "22233"),
    ("V11.3", "11233"),
    ("V11.4", "1222"),
    ("V11.5", "23"),
    ("V11.6", "23"),
    ("V11.7", "33"),
];

#[test]
fn every_requirement_of_asvs_has_its_test() {
    let page = read("docs/asvs.md");
    let rows: Vec<Vec<&str>> = page
        .lines()
        .filter(|line| line.starts_with("| V"))
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect();
    let numbered = |(section, levels): &(&str, &'static str)| {
        let section = (*section).to_owned();
        levels.chars().zip(1..).map(move |(level, n)| (format!("{section}.{n}"), level.to_string()))
    };
    let wanted: Vec<_> = ASVS.iter().flat_map(numbered).collect();
    let found: Vec<_> = rows.iter().map(|row| (row[0].to_owned(), row[1].to_owned())).collect();
    assert_eq!(found, wanted, "the requirements and their levels, in their order");
    for row in rows {
        let [id, _, what, shown] = row[..] else { panic!("{row:?} has not four columns") };
        let named: Vec<&str> = shown.split('`').skip(1).step_by(2).collect();
        let is_excused = ["**n/a**", "**open**"].iter().any(|mark| what.starts_with(mark));
        assert!(is_excused == named.is_empty() && is_excused == (shown == "–"), "{id} is shown by {shown}");
        for test in named {
            let (file, name) = test.split_once("::").unwrap_or_else(|| panic!("{id} names {test}"));
            assert!(read(file).contains(&format!("fn {name}()")), "{id}: there is no test {test}");
        }
    }
}

#[test]
fn every_way_in_is_documented() {
    // What signs nobody in is in the other page.
    let page = read("docs/signing-in.md") + &read("docs/privacy.md");
    let public = crate::openapi::operations().into_iter().filter(|one| !one.is_secured() && one.method == "POST");
    for operation in public.filter(|one| one.is_page() || one.path.starts_with("/v1/")) {
        let path = format!("`{}`", operation.path);
        assert!(page.contains(&path), "neither docs/signing-in.md nor docs/privacy.md names {path}");
    }
}

#[test]
fn every_set_of_a_copy_is_named() {
    let export = read("docs/export.md");
    let sentence = export.lines().find(|line| line.starts_with("The sets: ")).unwrap();
    for set in store::Survey::sets() {
        assert!(sentence.contains(&format!("`{set}`")), "docs/export.md does not name {set}");
    }
}

#[test]
fn how_long_requests_wait_is_what_privacy_says() {
    let privacy = read("docs/privacy.md");
    let row = privacy.lines().find(|line| line.starts_with("| an app's request that waits for its customer")).unwrap();
    assert!(row.contains(&format!("| {} minutes |", store::Store::INTERACTION_FOR.as_mins())), "{row}");
}
