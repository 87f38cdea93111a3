//! `template.yaml`, `functions/`, dependencies, events, `local` and the README name the same flows.

use std::collections::BTreeSet;

use super::packages::{depends_on, package};
use super::{at, each, files, flows, functions, names, read, text};

#[test]
fn a_flow_is_a_function_a_package_and_an_event() {
    let templated: BTreeSet<_> = functions().into_iter().map(|function| function.flow).collect();
    assert_eq!(templated, flows().into_iter().collect());
    let events = names("events");
    for flow in flows() {
        for file in ["Cargo.toml", "src/lib.rs", "src/main.rs"] {
            assert!(at(&format!("functions/{flow}/{file}")).is_file(), "functions/{flow}/{file}");
        }
        assert!(events.iter().any(|name| belongs(name, &flow)), "no events/{flow}*.json");
    }
    for event in events.iter().filter(|name| *name != "expected.json") {
        assert!(flows().iter().any(|flow| belongs(event, flow)), "events/{event} is no flow's");
    }
}

fn belongs(event: &str, flow: &str) -> bool {
    event.strip_prefix(flow).is_some_and(|rest| rest == ".json" || (rest.starts_with('-') && rest.ends_with(".json")))
}

#[test]
fn an_event_is_for_a_route_of_its_function() {
    for event in names("events").iter().filter(|name| *name != "expected.json") {
        let content: serde_json::Value = serde_json::from_str(&read(&format!("events/{event}"))).unwrap();
        let Some(key) = content["routeKey"].as_str() else { continue };
        let route = functions().into_iter().find(|function| {
            let has_route =
                function.routes.iter().any(|route| format!("{} {}", route.method.to_uppercase(), route.path) == key);
            belongs(event, &function.flow) && (has_route || function.has_url && key == "$default")
        });
        assert!(route.is_some(), "events/{event}: {key}");
    }
}

#[test]
fn a_main_is_wiring_alone() {
    for flow in flows() {
        let main = read(&format!("functions/{flow}/src/main.rs"));
        assert!(main.contains(&format!("edge::main({flow}::function)")), "{flow}");
        assert!(main.lines().count() <= 12 && !main.contains("if "), "{flow}");
    }
}

#[test]
fn a_dependency_is_a_right() {
    for function in functions() {
        let rights: Vec<_> = function.statements.iter().filter(|statement| statement.allow).collect();
        let may = |service: &str| rights.iter().any(|right| right.actions.iter().any(|a| a.starts_with(service)));
        let of = |name| depends_on(&function.flow, name);
        assert_eq!(of("store"), may("dynamodb:"), "{}: store", function.flow);
        assert_eq!(of("keys"), may("kms:"), "{}: keys", function.flow);
        assert_eq!(of("notify"), may("ses:") || may("sns:"), "{}: notify", function.flow);
        assert_eq!(of("archive"), may("s3:"), "{}: archive", function.flow);
        assert_eq!(of("wire"), may("lambda:"), "{}: wire", function.flow);
    }
}

#[test]
fn a_right_is_to_one_thing() {
    for function in functions() {
        for right in &function.statements {
            let at = format!("{}: {:?}", function.flow, right.actions);
            assert!(right.allow && !right.actions.is_empty() && !right.resources.is_empty(), "{at}");
            for action in &right.actions {
                let (service, verb) = action.split_once(':').unwrap();
                assert!(!action.contains(['*', '?']), "{at}");
                assert!(
                    ["dynamodb", "kms", "ses", "sns", "sqs", "s3", "lambda"].contains(&service) && !verb.is_empty(),
                    "{at}"
                );
            }
            for resource in &right.resources {
                // A stream's name is not known before it is there: they are listed by their table.
                let listed = right.actions == ["dynamodb:ListStreams"];
                let named = if listed { resource.strip_suffix("/stream/*").unwrap_or(resource) } else { resource };
                // An object is named by what is in it; it may be put, and nothing else.
                let put = right.actions == ["s3:PutObject"];
                let named = if put { named.strip_suffix("/roots/*").unwrap_or(named) } else { named };
                assert!(named.starts_with("arn:") && !named.contains(['*', '?']), "{at}: {resource}");
            }
            let unwraps = right.actions.iter().any(|a| a == "kms:Decrypt" || a.starts_with("kms:GenerateDataKey"));
            let says_what_for = right.conditions.iter().any(|c| c.key == "kms:encryptioncontext:portico:purpose");
            assert!(!unwraps || says_what_for, "{at}");
        }
    }
}

#[test]
fn who_writes_the_directory_says_which_items() {
    for function in functions() {
        for right in
            function.statements.iter().filter(|right| right.resources.iter().any(|of| of.ends_with("Directory")))
        {
            let writes = ["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"];
            let writes = right.actions.iter().any(|action| writes.iter().any(|verb| action.ends_with(verb)));
            let says_which = right.conditions.iter().any(|condition| condition.key == "dynamodb:leadingkeys");
            assert!(!writes || says_which, "{}: {:?}", function.flow, right.actions);
        }
    }
}

#[test]
fn a_function_answers_before_it_is_ended() {
    for function in functions().iter().filter(|function| !function.routes.is_empty()) {
        let spare = function.timeout.saturating_sub(edge::Deployment::DEADLINE);
        assert!(spare.as_secs() >= 1, "{} is ended after {:?}", function.flow, function.timeout);
    }
}

#[test]
fn a_copy_ends_before_its_function_is_ended() {
    let functions = functions();
    let streaming: Vec<_> = functions.iter().filter(|function| function.has_url).collect();
    assert!(!streaming.is_empty());
    for function in streaming {
        let longest = dsar_download::BEGINS_WITHIN + dsar_download::LONGEST;
        assert!(function.timeout > longest, "{} is ended after {:?}", function.flow, function.timeout);
        assert_eq!(function.routes, [], "{} is reached past CloudFront", function.flow);
    }
}

#[test]
fn local_runs_every_flow() {
    let list = read("infra/local/src/flows.rs");
    for flow in flows() {
        assert!(list.contains(&format!("(\"{flow}\", {flow}::function)")), "{flow} is not in infra/local/src/flows.rs");
        assert!(depends_on("local", &flow), "local does not depend on {flow}");
    }
}

#[test]
fn every_function_has_a_log_and_is_watched() {
    let (template, monitoring) = (read("template.yaml"), read("infra/monitoring.yaml"));
    let throttles: Vec<_> = monitoring.lines().filter(|line| line.contains("MetricName: Throttles")).collect();
    for id in functions().into_iter().map(|function| function.logical_id) {
        assert!(template.contains(&format!("LogGroup: !Ref {id}Log,")), "{id} has no log group of its own");
        assert!(template.contains(&format!("\n        {id}: !Ref {id}\n")), "Monitoring is not given {id}");
        assert!(monitoring.contains(&format!("\n  {id}: {{ Description:")), "infra/monitoring.yaml takes no {id}");
        let watched = throttles.iter().any(|line| line.contains(&format!("Value: !Ref {id} }}")));
        assert!(watched, "no alarm has the throttles of {id}");
    }
}

#[test]
fn stories_and_contracts_are_run() {
    let (stories, contracts) = (read("tests/routes/mod.rs"), read("tests/openapi.rs"));
    for function in functions() {
        let flow = &function.flow;
        assert!(stories.contains(&format!("mod {flow};")), "tests/routes/mod.rs does not name {flow}");
        let has_contract = function.routes.iter().any(|route| route.method != "OPTIONS");
        let named = contracts.contains(&format!(" {flow}::openapi(),"));
        assert_eq!(named, has_contract, "generated() in tests/openapi.rs: {flow}");
    }
}

#[test]
fn the_benchmark_knows_every_flow() {
    let list = read("bench/src/binaries.rs");
    for flow in flows() {
        assert!(list.contains(&format!("\"{flow}\"")), "{flow} is not in bench/src/binaries.rs");
    }
}

#[test]
fn the_readme_has_a_line_for_every_flow() {
    let readme = read("README.md");
    let cells: Vec<_> = readme.lines().filter_map(|line| line.strip_prefix("| ")?.split('|').next()).collect();
    let named = |flow: &String| cells.iter().any(|cell| cell.contains(&format!("[{flow}](functions/{flow})")));
    let forgotten: Vec<_> = flows().into_iter().filter(|flow| !named(flow)).collect();
    assert_eq!(forgotten, Vec::<String>::new(), "not in README.md's table");
}

#[test]
fn every_flow_has_stories() {
    let stories = files("tests/routes", ".rs");
    for flow in flows() {
        assert!(stories.contains(&format!("tests/routes/{flow}.rs")), "no tests/routes/{flow}.rs");
    }
}

#[test]
fn every_package_takes_the_lints_and_the_licence() {
    for id in each(&super::metadata()["workspace_members"]) {
        let package = each(&super::metadata()["packages"]).find(|package| package["id"] == *id).unwrap();
        let name = text(&package["name"]);
        assert_eq!(super::text(&self::package(name)["license"]), "Apache-2.0", "{name}");
        let manifest = std::fs::read_to_string(text(&package["manifest_path"])).unwrap();
        assert!(manifest.contains("[lints]\nworkspace = true"), "{name}");
    }
}
