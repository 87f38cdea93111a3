//! `functions/dsar_download`.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{Key32, SignedDuration, open};
use local::aws::Service;
use local::aws::faults::{Failure, Fault};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Authenticator, Person, Setup, World};

/// The files of a ZIP.
struct Copy(BTreeMap<String, String>);

impl Copy {
    #[track_caller]
    fn read(bytes: Vec<u8>) -> Self {
        let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let names: Vec<_> = zip.file_names().map(|name| name.unwrap().into_owned()).collect();
        Self(
            names
                .into_iter()
                .map(|name| {
                    let mut text = String::new();
                    zip.by_name(&name).unwrap().read_to_string(&mut text).unwrap();
                    (name, text)
                })
                .collect(),
        )
    }

    fn data(&self) -> Value {
        serde_json::from_str(&self.0["data.json"]).unwrap()
    }

    fn set(&self, name: &str) -> Vec<Value> {
        self.data()["sets"][name].as_array().unwrap().clone()
    }
}

async fn copy(app: &App, person: &Person) -> Copy {
    let address = person.export(app).await;
    Copy::read(app.fetch(&address).await.zip())
}

fn setup() -> Setup {
    Setup::default()
        .setting("LIMIT_EXPORT_PER_CUSTOMER", "100")
        .parameter("SmsCountries", "DE")
        .parameter("EmailSignIn", "on")
        .operated()
}

/// Somebody who has something of every kind.
async fn somebody(app: &App) -> Person {
    let body = json!({"email": "ada@old.example.com", "password": "a rather long sentence", "locale": "de",
        "profile": {"given_name": "Ada", "address": {"country": "DE"}}, "consents": {"product_improvement": true, "partner_offers": false}});
    let transaction = app.post("/v1/register", body).await.expect(202).str("transaction");
    let code = app.code_to("ada@old.example.com").await;
    let reply = app.post("/v1/verify", json!({"transaction": transaction, "code": code})).await.expect(200);
    let ada = Person::signed_in("ada@old.example.com", "a rather long sentence", &reply);

    let change = Some(json!({"email": "ada@example.com"}));
    let transaction = ada.call(app, Method::PUT, "/v1/me/email", change).await.expect(202).str("transaction");
    let code = app.code_to("ada@example.com").await;
    app.post("/v1/verify", json!({"transaction": transaction, "code": code})).await.expect(200);
    let ada = Person { email: "ada@example.com".into(), ..ada };

    let wanted = json!({"channels": {"email": true, "sms": false, "push": false}, "topics": ["news"], "frequency": "weekly",
        "language": "de", "version": 0});
    ada.call(app, Method::PUT, "/v1/me/preferences", Some(wanted)).await.expect(200);

    let (totp, _) = ada.add_totp(app).await;
    let mut phone = Authenticator::new(&app.issuer().await);
    ada.add_passkey(app, &mut phone).await;
    ada.post(app, "/v1/me/factors/recovery-codes", json!({})).await.expect(201);
    let begun = ada.post(app, "/v1/me/factors/sms", json!({"number": "+4915112345678"})).await;
    let code = app.code_to("+4915112345678").await;
    let body = json!({"transaction": begun.str("transaction"), "code": code});
    ada.post(app, "/v1/me/factors/sms/activate", body).await.expect(201);

    let waits = ada.half_way(app).await;
    let proof = json!({"code": totp.next_code(app), "remember_device": true});
    let reply = app.mfa(&waits, "totp", proof).await.expect(200);
    let device = reply.str("device_token");
    let ended = Person::signed_in(&ada.email, &ada.password, &reply);
    ended.call(app, Method::POST, "/v1/logout", None).await.expect(204);
    let body = json!({"email": ada.email, "password": ada.password, "device_token": device});
    app.post("/v1/login", body).await.expect(200);
    app.refresh(&ada.refresh).await.expect(200);

    let desk = app.operator("admin:requests").await;
    let body = json!({"type": "access", "law": "gdpr", "customer": ada.sub, "identified_by": "Passport"});
    let id = desk.call(app, Method::POST, "/v1/admin/requests", Some(body)).await.expect(201).str("id");
    let path = format!("/v1/admin/requests/{id}");
    desk.call(app, Method::PATCH, &path, Some(json!({"extended_because": "many systems"}))).await.expect(200);
    let copy = desk.call(app, Method::POST, &format!("{path}/export"), None).await.expect(201).str("download");
    app.fetch(&copy).await.zip();
    desk.call(app, Method::PATCH, &path, Some(json!({"outcome": "fulfilled", "note": "On a stick."})))
        .await
        .expect(200);
    app.settle().await;

    // Fresh by all that she has.
    app.advance(SignedDuration::from_secs(60));
    let waits = ada.half_way(app).await;
    let reply = app.mfa(&waits, "totp", json!({"code": totp.next_code(app)})).await.expect(200);
    Person::signed_in(&ada.email, &ada.password, &reply)
}

/// A customer's data key, as an operator could get at it: past all of our own reading.
async fn data_key(app: &App, customer: &str) -> Key32 {
    let vault = app.system.dump("Vault").await.unwrap();
    let find = |pk: &str| vault.iter().find(|item| item["pk"]["S"] == pk).unwrap()["wrapped"]["B"].as_str().unwrap();
    let asked = json!({"KeyId": app.system.key("WrappingKey"), "CiphertextBlob": find("KEY#branch"),
        "EncryptionContext": {"portico:purpose": "branch"}});
    let answer = app.system.operate(Service::Kms, "Decrypt", asked).await.unwrap();
    let branch = STANDARD.decode(answer["Plaintext"].as_str().unwrap()).unwrap();
    let (pk, wrapped) = (format!("CUS#{customer}"), STANDARD.decode(find(&format!("CUS#{customer}"))).unwrap());
    let place = format!("{pk}\nDEK\nwrapped");
    let plain = open(&Key32::new(branch.try_into().unwrap()), place.as_bytes(), &wrapped).unwrap();
    Key32::new(plain.try_into().unwrap())
}

/// What the export leaves out of items that it shows, and why: reviewed here, and said to the customer.
const LEFT_OUT: [(&str, &str, &str); 6] = [
    ("PROFILE", "email_index", "a pseudonym of the address"),
    ("PROFILE", "formers", "pseudonyms of former addresses"),
    ("FACTORS", "claims", "pseudonyms of the passkeys"),
    ("PASSWORD", "hash", "a secret"),
    ("SES#", "current", "the digest of a secret"),
    ("SES#", "previous", "the digest of a secret"),
];
/// The same of what is sealed.
const LEFT_OUT_SEALED: [&str; 2] = ["/secret", "/recovery_codes"];

/// The set, and what its records are called, of an item by its sort key.
fn place_of(sk: &str) -> (&'static str, &'static str) {
    let places = [
        ("SECURITY", ("account", "account")),
        ("PASSWORD", ("account", "password")),
        ("PROFILE", ("profile", "profile")),
        ("FACTORS", ("factors", "")),
        ("CONSENT#", ("consents", "consent")),
        ("DECISION#", ("decisions", "decision")),
        ("PREFERENCES", ("preferences", "preferences")),
        ("ACTIVITY", ("account", "activity")),
        ("ERASURE", ("requests", "erasure")),
        ("REQUEST#", ("requests", "request")),
        ("SES#", ("sessions", "session")),
        ("DEV#", ("devices", "device")),
        ("act_", ("audit", "act")),
    ];
    let found = places.into_iter().find(|(start, _)| sk.starts_with(start));
    found.unwrap_or_else(|| panic!("{sk} is new: say here where an export has it")).1
}

/// All values within a value, with where they are.
fn leaves(at: &str, value: &Value) -> Vec<(String, Value)> {
    match value {
        Value::Object(members) => members.iter().flat_map(|(name, v)| leaves(&format!("{at}/{name}"), v)).collect(),
        Value::Array(values) => values.iter().flat_map(|v| leaves(at, v)).collect(),
        Value::Null => Vec::new(),
        value => vec![(at.to_owned(), value.clone())],
    }
}

/// Whether a value is somewhere in a record: itself, or as the moment that it is.
fn has(record: &Value, value: &Value) -> bool {
    let moment = |ms: i64| domain::Timestamp::from_millisecond(ms).ok().map(|at| json!(at.to_string()));
    let number = value.as_i64();
    let alike: Vec<Value> =
        [Some(value.clone()), number.and_then(moment), number.and_then(|s| moment(s.checked_mul(1000)?))]
            .into_iter()
            .flatten()
            .collect();
    leaves("", record).iter().any(|(_, leaf)| alike.contains(leaf))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_that_is_stored_is_in_the_copy_field_by_field() {
    let app = App::with(setup()).await;
    let ada = somebody(&app).await;
    let address = ada.export(&app).await;
    app.settle().await;
    let (world, key) = (World::of(&app).await, data_key(&app, &ada.sub).await);
    let zip = app.fetch(&address).await.zip();
    let copy = Copy::read(zip);
    let data = copy.data();
    let pk = format!("CUS#{}", ada.sub);

    let (mut counts, mut seen) = (BTreeMap::<&str, usize>::new(), BTreeMap::<String, usize>::new());
    for item in world.directory.iter().chain(&world.transient).chain(&world.audit).filter(|item| item["pk"]["S"] == pk)
    {
        let sk = item["sk"]["S"].as_str().unwrap();
        let (set, record) = place_of(sk);
        *counts.entry(set).or_default() += 1;
        let id = sk.split_once('#').map_or(sk, |(_, id)| id);
        let is_it = |one: &&Value| {
            let named = [&one["id"], &one["purpose"]].iter().any(|name| **name == id);
            record.is_empty()
                || one["record"] == record
                    && (named
                        || ["account", "password", "profile", "preferences", "activity", "erasure"].contains(&record))
        };
        let records: Vec<_> = data["sets"][set].as_array().unwrap().iter().filter(is_it).collect();
        assert!(!records.is_empty(), "{sk} is not in the copy");
        assert!(record.is_empty() || records.len() == 1, "{sk} is there {} times", records.len());
        let haystack = json!(records);
        for (name, value) in item.as_object().unwrap().iter().filter(|(name, _)| !["pk", "sk"].contains(&name.as_str()))
        {
            *seen
                .entry(format!("{} {name}", sk.split('#').next().unwrap().split("act_").next().unwrap()))
                .or_default() += 1;
            if LEFT_OUT.iter().any(|(start, left, _)| sk.starts_with(start) && left == name) {
                continue;
            }
            let at = format!("{sk}, {name}: {value}");
            let said: Vec<(String, Value)> = match value.as_object().unwrap().iter().next().unwrap() {
                (kind, text) if kind == "S" => match serde_json::from_str::<Value>(text.as_str().unwrap()) {
                    Ok(json) if json.is_object() || json.is_array() || text.as_str().unwrap().starts_with('"') => {
                        leaves("", &json)
                    }
                    _ => vec![(String::new(), text.clone())],
                },
                (kind, number) if kind == "N" => {
                    vec![(String::new(), json!(number.as_str().unwrap().parse::<i64>().unwrap()))]
                }
                (kind, flag) if kind == "BOOL" => vec![(String::new(), flag.clone())],
                (kind, list) if kind == "L" => list
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|n| (String::new(), json!(n["N"].as_str().unwrap().parse::<i64>().unwrap())))
                    .collect(),
                (kind, act) if kind == "M" => {
                    leaves("", &serde_json::from_str(act["body"]["S"].as_str().unwrap()).unwrap())
                }
                (kind, sealed) if kind == "B" => {
                    let sealed = STANDARD.decode(sealed.as_str().unwrap()).unwrap();
                    let plain = open(&key, format!("{pk}\n{sk}\n{name}").as_bytes(), &sealed).unwrap();
                    leaves("", &serde_json::from_slice(&plain).unwrap())
                }
                other => panic!("{at}: {other:?}"),
            };
            for (place, value) in said {
                let is_secret = LEFT_OUT_SEALED.iter().any(|secret| place.ends_with(secret));
                // Who acted is said by what they are; about whom it is, is known.
                let is_said_otherwise = place.starts_with("/actor") || place == "/subject";
                // A recovery's preferred factor is marked at the factor; its kind is `method`.
                assert!(
                    is_secret || is_said_otherwise || has(&haystack, &value),
                    "{at} {place} {value} is not in {haystack}"
                );
            }
        }
    }
    for (set, count) in &counts {
        let records = data["sets"][set].as_array().unwrap().len();
        // Factors are one item, and a record each; sessions of this very moment may come on top.
        assert!(
            records == *count || *set == "factors" && records > *count,
            "{set}: {records} records of {count} items"
        );
    }
    let sets: Vec<_> = counts.keys().copied().collect();
    assert_eq!(
        sets,
        [
            "account",
            "audit",
            "consents",
            "decisions",
            "devices",
            "factors",
            "preferences",
            "profile",
            "requests",
            "sessions"
        ]
    );
    for rare in [
        "SES ended_at",
        "SES previous",
        "SES rotated_at",
        "PROFILE changes",
        "REQUEST body",
        "DEV until",
        "CONSENT outcome",
        "DECISION receipt",
        "PREFERENCES body",
        "PROFILE formers",
        "FACTORS claims",
    ] {
        assert!(seen.contains_key(rare), "nobody has {rare}: {seen:?}");
    }

    // No secret is in any of it.
    let all: String = copy.0.values().cloned().collect();
    let unsealed = |sk: &str, name: &str| -> Value {
        let sealed = world.of_customer(&ada.sub, sk).unwrap()[name]["B"].as_str().unwrap();
        let place = format!("{pk}\n{sk}\n{name}");
        serde_json::from_slice(&open(&key, place.as_bytes(), &STANDARD.decode(sealed).unwrap()).unwrap()).unwrap()
    };
    let (hash, factors) = (unsealed("PASSWORD", "hash"), unsealed("FACTORS", "body"));
    let hash = hash.as_str().unwrap();
    let secret = factors["list"][0]["kind"]["secret"].to_string();
    assert!(secret.len() > 40, "{secret}");
    let digest = world.sessions(&ada.sub)[0]["current"]["B"].as_str().unwrap().to_owned();
    let index = world.of_customer(&ada.sub, "PROFILE").unwrap()["email_index"]["S"].as_str().unwrap();
    for secret in
        [hash, "$argon2", &secret, &factors["recovery_codes"][0].to_string(), &digest, index, &ada.refresh, &ada.access]
    {
        assert!(!all.contains(secret), "{secret}");
    }
    // What is left out is said.
    for (record, attribute) in [
        ("profile", "email_index"),
        ("password", "hash"),
        ("session", "current"),
        ("session", "previous"),
        ("factors", "secret"),
        ("factors", "recovery_codes"),
    ] {
        let said = data["left_out"].as_array().unwrap().iter();
        assert_eq!(
            said.filter(|one| one["record"] == record && one["attribute"] == attribute).count(),
            1,
            "{attribute}"
        );
    }

    // The schema that comes along holds, and every record stands in its table.
    let schema: Value = serde_json::from_str(&copy.0["data.schema.json"]).unwrap();
    let validator = jsonschema::draft202012::options().should_validate_formats(true).build(&schema).unwrap();
    let wrong: Vec<_> =
        validator.iter_errors(&data).map(|error| format!("{} {error}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    for (set, records) in data["sets"].as_object().unwrap() {
        let records = records.as_array().unwrap();
        let Some(table) = copy.0.get(&format!("csv/{set}.csv")) else {
            assert!(records.is_empty(), "{set}");
            continue;
        };
        assert!(table.starts_with('\u{feff}'), "{set}");
        let rows = rows(table.trim_start_matches('\u{feff}'));
        assert_eq!(rows.len(), records.len() + 1, "{set}");
        assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{set}");
        for (row, record) in rows[1..].iter().zip(records) {
            for (place, leaf) in leaves("", record) {
                let text = leaf.as_str().map_or_else(|| leaf.to_string(), str::to_owned);
                let text = text.replace('"', "\\\"");
                let is_there = row.iter().any(|cell| cell.replace('"', "\\\"").contains(&text) || cell.contains(&text));
                assert!(is_there, "{set}: {place} {text} is not in {row:?}");
            }
        }
        assert!(copy.0["index.html"].contains(&format!("<section id=\"{set}\">")), "{set}");
    }
    assert!(copy.0["index.html"].contains("<html lang=\"de\"") && copy.0["index.html"].contains("ada@example.com"));
    assert_readable(&copy);
}

/// That people are shown no name, word or time that is meant for programs.
#[track_caller]
fn assert_readable(copy: &Copy) {
    let index = &copy.0["index.html"];
    let of = |tag: &str| -> Vec<String> {
        let begins = format!("<{tag}>");
        let parts = index.split(&begins).skip(1);
        parts.map(|part| part.split(&format!("</{tag}>")).next().unwrap().to_owned()).collect()
    };
    let (labels, values) = (of("dt"), of("dd"));
    let data = copy.data();
    let records = data["sets"].as_object().unwrap().values().flat_map(|set| set.as_array().unwrap());
    for name in records.flat_map(|record| record.as_object().unwrap().keys()).filter(|name| name.contains('_')) {
        assert!(!labels.contains(&name.replace('_', " ")) && !index.contains(name.as_str()), "{name}");
    }
    for (name, in_german) in [
        ("session", "Sitzung"),
        ("credential", "Öffentlicher Schlüssel des Passkeys"),
        ("number", "Telefonnummer"),
        ("jurisdiction", "Rechtsraum"),
    ] {
        assert!(!labels.iter().any(|label| label == name) && labels.iter().any(|label| label == in_german), "{name}");
    }
    // Records have no label twice.
    for record in index.split("<dl class=\"record\">").skip(1) {
        let record = record.split("</dl>").next().unwrap();
        let labels: Vec<_> = record.split("<dt>").skip(1).map(|part| part.split("</dt>").next().unwrap()).collect();
        let distinct: std::collections::BTreeSet<_> = labels.iter().collect();
        assert_eq!(distinct.len(), labels.len(), "{labels:?}");
    }
    for value in &values {
        let has_date = value
            .split(|c: char| !c.is_ascii_digit() && c != '-' && c != 'T')
            .any(|word| word.len() > 12 && word.contains('T') && word.contains('-'));
        assert!(!has_date, "{value}");
    }
    for value in
        ["Angemeldet", "Die Adresse wurde geändert", "Datenschutz-Grundverordnung (DSGVO)", "Authenticator-App"]
    {
        assert!(values.iter().any(|shown| shown == value), "{value}");
    }
    assert!(values.iter().any(|value| value.ends_with(" Uhr (UTC)")) && !index.contains("session.started"));
    // Words of the deployment's are in theirs, what ties the log together is left out, and programs have it all.
    let wanted =
        ["Angebote unserer Partner", "Neuigkeiten", "E-Mail-Adresse, Einkäufe", "30 Tage", "1 Jahr", "Deutschland"];
    for value in wanted {
        assert!(values.iter().any(|shown| shown.contains(value)), "{value}");
    }
    let acts = copy.set("audit");
    for raw in ["partner_offers", "purchases", "P30D", "CHAIN#", acts[0]["hash"].as_str().unwrap()] {
        assert!(!index.contains(raw) && copy.0["data.json"].contains(raw), "{raw}");
        assert!(copy.0.iter().any(|(name, csv)| name.starts_with("csv/") && csv.contains(raw)), "{raw}");
    }
}

/// CSV after RFC 4180, read by itself.
fn rows(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => cell.extend(chars.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !quoted => {}
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            c => cell.push(c),
        }
    }
    rows
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_is_good_once_and_opening_its_address_changes_nothing() {
    let app = App::start().await;
    let ada = app.customer("ada@example.com").await;
    let address = ada.export(&app).await;
    let page = async |accept: &str| {
        let request = app.request_at(Method::GET, &address).header("accept", accept).header("accept-language", "fr");
        app.send(request).await
    };
    for _ in 0..3 {
        let page = page("*/*").await.expect(200);
        assert!(page.header("content-type").starts_with("text/html") && page.text.contains("<html lang=\"fr\""));
        assert!(page.text.contains("method=\"post\"") && !page.text.contains("<script"), "{}", page.text);
        assert!(page.header("content-security-policy").contains("form-action 'self'"));
        assert_eq!((page.header("referrer-policy"), page.header("cache-control")), ("no-referrer", "no-store"));
    }
    app.send(app.request_at(Method::HEAD, &address)).await.expect(200);
    let fetched = app.fetch(&address).await;
    let disposition = fetched.headers["content-disposition"].to_str().unwrap().to_owned();
    assert_eq!(disposition, "attachment; filename=\"my-data-2027-01-15.zip\"");
    assert_eq!(fetched.headers["cache-control"], "no-store");
    Copy::read(fetched.zip());
    app.fetch(&address).await.reply().problem(410, "transaction-expired");
    let over = page("text/html").await.expect(410);
    assert!(over.text.contains("n’est plus valable"), "{}", over.text);
    let world = World::of(&app).await;
    world.assert_sound();
    app.settle().await;
    assert_eq!((world.spent("export_ticket"), World::of(&app).await.sealed("export.downloaded")), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_ticket_fetches_nothing() {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    let address = ada.export(&app).await;
    let (base, ticket) = address.split_once("?ticket=").unwrap();
    let refused = async |address: &str| app.fetch(address).await.reply();
    for none in ["", "?", "?ticket=", "?ticket=x", "?ticket=txn_x", "?ticket=%ff", "?Ticket=x", "?ticket=a&ticket=b"] {
        refused(&format!("{base}{none}")).await.problem(400, "invalid-link");
    }
    refused(&format!("{base}?ticket={}A", &ticket[..ticket.len() - 1])).await;
    // A handle of another thing, and a link, are no tickets.
    let registration = app.register("bob@example.com").await;
    refused(&format!("{base}?ticket={registration}")).await.problem(410, "transaction-expired");
    let reset = app.forgotten("ada@example.com").await;
    refused(&format!("{base}?ticket={reset}")).await.problem(410, "transaction-expired");
    // Nor is a ticket anything else.
    let code = json!({"transaction": ticket, "code": "123456"});
    app.post("/v1/verify", code).await.problem(422, "invalid-code");
    let proof = json!({"transaction": ticket, "method": "totp", "code": "123456"});
    app.post("/v1/mfa", proof).await.problem(410, "transaction-expired");
    for method in [Method::PUT, Method::DELETE, Method::PATCH] {
        app.send(app.request_at(method, &address)).await.problem(405, "method-not-allowed");
    }
    app.send(app.request_at(Method::POST, &format!("{base}other?ticket={ticket}"))).await.problem(404, "not-found");
    app.fetch(&address).await.zip();

    // Its five minutes are over.
    let late = ada.export(&app).await;
    app.advance(SignedDuration::from_secs(300));
    refused(&late).await.problem(410, "transaction-expired");
    // Every session has ended since.
    let ada = ada.again(&app).await;
    let before = ada.export(&app).await;
    ada.call(&app, Method::DELETE, "/v1/me/sessions", None).await.expect(204);
    refused(&before).await.problem(410, "transaction-expired");
    // Its customer was erased since.
    let ada = ada.again(&app).await;
    let last = ada.export(&app).await;
    for (table, sk) in [("Vault", "DEK"), ("Directory", "SECURITY")] {
        let key = json!({"pk": {"S": format!("CUS#{}", ada.sub)}, "sk": {"S": sk}});
        let input = json!({"TableName": app.system.table(table), "Key": key});
        app.system.operate(Service::DynamoDb, "DeleteItem", input).await.unwrap();
        refused(&last).await.problem(410, "transaction-expired");
    }
    assert_eq!(World::of(&app).await.spent("export_ticket"), 1);
}

async fn put(app: &App, table: &str, item: Value) {
    let input = json!({"TableName": app.system.table(table), "Item": item});
    app.system.operate(Service::DynamoDb, "PutItem", input).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_knows_fails_the_copy_before_the_ticket_is_spent() {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    let address = ada.export(&app).await;
    let pk = json!({"S": format!("CUS#{}", ada.sub)});
    let session = World::of(&app).await.sessions(&ada.sub)[0].clone();
    let mut odd = session.clone();
    odd["mood"] = json!({"S": "secret-mood"});
    for (table, item, key, why) in [
        ("Directory", json!({"pk": pk, "sk": {"S": "SOMETHING#x"}}), "SOMETHING#x".to_owned(), "SOMETHING"),
        ("Audit", json!({"pk": pk, "sk": {"S": "NEW"}}), "NEW".to_owned(), "NEW"),
        ("Transient", odd, session["sk"]["S"].as_str().unwrap().to_owned(), "session's attribute mood"),
    ] {
        put(&app, table, item).await;
        app.fetch(&address).await.reply().problem(500, "internal");
        let line = app.log().into_iter().rev().find(|line| line.contains("dsar_download")).unwrap();
        assert!(line.contains(&format!("an item's {why} is in no export")) && !line.contains("secret-mood"), "{line}");
        if table == "Transient" {
            put(&app, table, session.clone()).await;
        } else {
            let input = json!({"TableName": app.system.table(table), "Key": {"pk": pk, "sk": {"S": key}}});
            app.system.operate(Service::DynamoDb, "DeleteItem", input).await.unwrap();
        }
    }
    app.fetch(&address).await.zip();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_in_a_copy_is_a_formula_or_markup() {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    let (html, formula) =
        ("</dd><script>alert(1)</script><img src=x onerror=alert(1)>", "=HYPERLINK(\"https://evil.example\",\"x\")");
    let profile = json!({"given_name": html, "family_name": formula, "nickname": "@SUM(1+1)*cmd|' /C calc'!A0",
        "zoneinfo": "\t=1", "address": {"locality": "+1\r\n=2", "street_address": "a,\"b\""}});
    ada.call(&app, Method::PATCH, "/v1/me", Some(json!({"profile": profile}))).await.expect(200);
    let copy = copy(&app, &ada).await;
    let index = &copy.0["index.html"];
    assert!(!index.contains("<script") && !index.contains("<img") && index.contains("&#60;script&#62;"), "{index}");
    assert!(index.contains("default-src 'none'") && !index.contains("@import") && !index.contains("url("));
    for tag in index.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
        let leads_away = tag.contains("src=") || tag.contains("href=") && !tag.contains("href=\"#");
        assert!(!leads_away && !tag.contains("onerror"), "{tag}");
    }
    let table = rows(copy.0["csv/profile.csv"].trim_start_matches('\u{feff}'));
    let cell = |column: &str| {
        &table[1][table[0].iter().position(|name| name == column).unwrap_or_else(|| panic!("{:?}", table[0]))]
    };
    assert_eq!(cell("profile.given_name"), html);
    assert_eq!(cell("profile.family_name"), &format!("'{formula}"));
    assert_eq!(cell("profile.nickname"), "'@SUM(1+1)*cmd|' /C calc'!A0");
    assert!(table.iter().flatten().all(|cell| !cell.starts_with(['=', '+', '@', '\t', '\r'])), "{table:?}");
    // For programs everything is as it was.
    assert_eq!(copy.set("profile")[0]["profile"], profile);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_reads_it_in_their_language() {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    for (locale, words) in [
        ("en", "Your data at"),
        ("de", "Ihre Daten bei"),
        ("fr", "Vos données chez"),
        ("es", "Sus datos en"),
        ("ar", "بياناتك لدى"),
    ] {
        ada.call(&app, Method::PATCH, "/v1/me", Some(json!({"locale": locale}))).await.expect(200);
        let copy = copy(&app, &ada).await;
        let index = &copy.0["index.html"];
        assert!(index.contains(&format!("<html lang=\"{locale}\"")) && index.contains(words), "{locale}");
        assert_eq!(index.contains("dir=\"rtl\""), locale == "ar");
        assert_eq!(copy.data()["language"], locale);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whose_law_protects_a_customer_is_what_holds_though_nothing_was_said() {
    let app = App::with(setup().setting("JURISDICTION", "EU")).await;
    let ada = app.customer("ada@example.com").await;
    let desk = app.operator("admin:residency").await;
    for (code, in_words) in [("EU", "European Union"), ("CH", "Switzerland")] {
        if code != "EU" {
            let path = format!("/v1/admin/customers/{}/jurisdiction", ada.sub);
            desk.call(&app, Method::PUT, &path, Some(json!({"jurisdiction": code}))).await.expect(204);
        }
        let me = ada.get(&app, "/v1/me").await.expect(200);
        let copy = copy(&app, &ada).await;
        assert_eq!((&me["jurisdiction"], &copy.set("profile")[0]["jurisdiction"]), (&json!(code), &json!(code)));
        let table = rows(&copy.0["csv/profile.csv"]);
        assert!(table[1].iter().any(|cell| cell == code), "{table:?}");
        assert!(copy.0["index.html"].contains(&format!("<dt>Jurisdiction</dt><dd>{in_words}</dd>")), "{code}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purpose_that_was_written_since_is_called_by_its_name_too() {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    let desk = app.operator("admin:purposes").await;
    let purpose = json!({"key": "raffle", "version": 1, "legal_basis": "consent", "data_categories": ["hat size"],
        "recipients": [], "retention": "P1M", "texts": {"en": {"title": "Our <raffle>", "description": "Win a hat."}}});
    desk.call(&app, Method::PUT, "/v1/admin/purposes/raffle", Some(purpose)).await.expect(200);
    let decision = json!({"granted": true, "version": 1});
    ada.call(&app, Method::PUT, "/v1/me/consents/raffle", Some(decision)).await.expect(200);
    let index = copy(&app, &ada).await.0.remove("index.html").unwrap();
    assert!(index.contains("<dd>Our &#60;raffle&#62;</dd>") && index.contains("1 month") && index.contains("hat size"));
    assert!(!index.contains("<raffle>") && !index.contains("<dd>raffle</dd>"), "{index}");
}

/// So many acts on a customer, as the audit log keeps them.
async fn many(app: &App, person: &Person, count: usize) {
    let table = app.system.table("Audit");
    let sample = World::of(app).await.audit;
    let sample = sample.iter().find(|item| item["pk"]["S"] == format!("CUS#{}", person.sub)).unwrap().clone();
    let rng = domain::Rng::seeded([77; 32]);
    for batch in (0..count).collect::<Vec<_>>().chunks(25) {
        let puts: Vec<_> = batch
            .iter()
            .map(|n| {
                let mut item = sample.clone();
                let at = domain::Timestamp::from_second(1_700_000_000 + i64::try_from(*n).unwrap()).unwrap();
                item["sk"] = json!({"S": domain::ActId::generate(at, &rng).to_string()});
                item["seq"] = json!({"N": (1_000_000 + n).to_string()});
                item["chain"] = json!({"S": "TEST"});
                json!({"PutRequest": {"Item": item}})
            })
            .collect();
        let input = json!({"RequestItems": {&table: puts}});
        app.system.operate(Service::DynamoDb, "BatchWriteItem", input).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_items_are_all_there_and_come_page_by_page() {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    app.settle().await;
    many(&app, &ada, 2_500).await;
    let copy = copy(&app, &ada).await;
    let acts = copy.set("audit");
    assert_eq!(acts.len(), 2_500 + 1, "with the act of the sign-up");
    assert_eq!(rows(&copy.0["csv/audit.csv"]).len(), acts.len() + 1);
    let ids: std::collections::BTreeSet<_> = acts.iter().map(|act| act["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), acts.len());
    let index = &copy.0["index.html"];
    assert!(index.matches("<dl class=\"record\">").count() < 250 && index.contains("200 of 2501"), "{}", index.len());
    let queries =
        app.take_calls().into_iter().filter(|call| call.function == "dsar_download" && call.action == "Query");
    assert!(queries.count() > 3 * 2_500 / 300);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_is_cut_off_has_no_end_and_its_ticket_is_spent() {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    app.settle().await;
    many(&app, &ada, 2_500).await;

    // DynamoDB fails half-way: from the sixtieth page on.
    let address = ada.export(&app).await;
    app.system.faults().inject(Fault::new(Failure::FailBefore).function("dsar_download").action("Query").nth(20));
    let broken = app.fetch(&address).await;
    assert!(app.system.faults().struck() > 0);
    app.system.faults().clear();
    assert_eq!((broken.status, broken.is_whole), (200, false));
    assert!(zip::ZipArchive::new(Cursor::new(broken.bytes)).is_err());
    assert!(app.log().iter().any(|line| line.contains("export broken")));
    app.fetch(&address).await.reply().problem(410, "transaction-expired");

    // Whoever fetches it hangs up.
    let address = ada.export(&app).await;
    let mut answer = app.request_at(Method::POST, &address).send().await.unwrap();
    assert!(answer.chunk().await.unwrap().is_some());
    drop(answer);
    app.fetch(&address).await.reply().problem(410, "transaction-expired");

    // Another one is asked for, and is whole.
    Copy::read(app.fetch(&ada.export(&app).await).await.zip());
    assert_eq!(World::of(&app).await.spent("export_ticket"), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_handed_over_is_on_record_by_its_digest_and_only_when_it_was_whole() {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    let desk = app.operator("admin:requests").await;
    let body = json!({"type": "portability", "law": "ccpa", "customer": ada.sub, "identified_by": "Passport"});
    let id = desk.call(&app, Method::POST, "/v1/admin/requests", Some(body)).await.expect(201).str("id");
    let path = format!("/v1/admin/requests/{id}");
    let export =
        async || desk.call(&app, Method::POST, &format!("{path}/export"), None).await.expect(201).str("download");
    let handed_over = async || desk.get(&app, &path).await.expect(200)["handed_over"].as_array().unwrap().clone();

    let address = export().await;
    app.system
        .faults()
        .inject(Fault::new(Failure::FailBefore).function("dsar_download").action("TransactWriteItems").nth(2));
    let broken = app.fetch(&address).await;
    app.system.faults().clear();
    assert!(!broken.is_whole && zip::ZipArchive::new(Cursor::new(broken.bytes)).is_err());
    assert_eq!(handed_over().await, Vec::<Value>::new());

    let zip = app.fetch(&export().await).await.zip();
    let digest: String = domain::digest(&zip).iter().map(|byte| format!("{byte:02x}")).collect();
    let at = handed_over().await;
    assert_eq!(at.len(), 1);
    assert_eq!((&at[0]["bytes"], &at[0]["sha256"]), (&json!(zip.len()), &json!(digest)));
    let copy = Copy::read(zip);
    assert_eq!(copy.data()["issuer"], app.issuer().await);
    app.settle().await;
    let world = World::of(&app).await;
    world.assert_sound();
    world.assert_audited();
    assert_eq!(world.sealed("request.handed_over"), 1);
    // Its customer sees who had a hand in it: a service, by its name.
    let acts = self::copy(&app, &ada).await.set("audit");
    let mine: Vec<_> =
        acts.iter().filter(|act| act["kind"] == "export.requested").map(|act| act["actor"].clone()).collect();
    assert_eq!(mine, ["service operator", "service operator"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_of_somebody_who_is_to_be_erased_says_what_they_may_know() {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    let place = async |until: &str, tell: bool| {
        let (body, path) = (
            json!({"reason": "Claim", "until": until, "tell": tell}),
            format!("/v1/admin/customers/{}/holds", ada.sub),
        );
        let desk = app.operator("admin:erasure").await;
        desk.call(&app, Method::POST, &path, Some(body)).await.expect(201);
    };
    place("2027-02-20T00:00:00Z", true).await;
    place("2027-04-01T00:00:00Z", false).await;
    let receipt = ada.call(&app, Method::POST, "/v1/me/erasure", None).await.expect(202).str("receipt");
    app.settle().await;
    app.advance(SignedDuration::from_hours(15 * 24));
    app.system.invoke("eraser", json!({"portico": "erase"})).await.unwrap();
    let desk = app.operator("admin:requests").await;
    let body = json!({"type": "access", "law": "gdpr", "customer": ada.sub, "identified_by": "Passport"});
    let id = desk.call(&app, Method::POST, "/v1/admin/requests", Some(body)).await.expect(201).str("id");
    let copy = desk.call(&app, Method::POST, &format!("/v1/admin/requests/{id}/export"), None).await.expect(201);
    app.settle().await;
    let copy = Copy::read(app.fetch(&copy.str("download")).await.zip());
    let secret = receipt.split_once('.').unwrap().1;
    for (name, text) in &copy.0 {
        for wrong in [secret, "untold", "2027-04-01", "looked_at_from"] {
            assert!(!text.contains(wrong), "{wrong} in {name}");
        }
    }
    let account = copy.set("account");
    let account = account.iter().find(|one| one["record"] == "account").unwrap();
    assert_eq!(account["on_hold_until"], "2027-02-20T00:00:00Z");
    assert_eq!(account["last_act"]["kind"], "erasure.requested");
    let requests = copy.set("requests");
    let erasure = requests.iter().find(|one| one["record"] == "erasure").unwrap();
    assert_eq!((erasure["due_at"].as_str(), erasure.get("receipt")), (Some("2027-01-29T08:00:00Z"), None));
    let holds: Vec<_> = copy.set("audit").into_iter().filter(|act| act["kind"].to_string().contains("hold")).collect();
    assert_eq!(holds.len(), 1, "{holds:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_way_past_cloudfront_is_for_tickets_alone() {
    let shop = "https://shop.example";
    let app = App::with(setup().setting("CORS_ORIGINS", shop)).await;
    let ada = app.customer("ada@example.com").await;
    let address = ada.export(&app).await;
    let settings = [
        ("ORIGIN_SECRET", "a secret of the front"),
        ("CORS_ORIGINS", shop),
        ("ARGON2_MEMORY_KIB", "64"),
        ("ARGON2_ITERATIONS", "1"),
    ];
    app.system.update(&[], &settings.map(|(name, value)| (name.to_owned(), value.to_owned()))).await.unwrap();
    app.get("/.well-known/jwks.json").await.problem(403, "direct-access");
    // A frontend may fetch it by script.
    let preflight = app
        .request_at(Method::OPTIONS, &address)
        .header("origin", shop)
        .header("access-control-request-method", "POST");
    assert_eq!(app.send(preflight).await.expect(204).header("access-control-allow-origin"), shop);
    let fetched = app.request_at(Method::POST, &address).header("origin", shop).send().await.unwrap();
    assert_eq!(
        (fetched.status().as_u16(), fetched.headers()["access-control-allow-origin"].to_str().unwrap()),
        (200, shop)
    );
    Copy::read(fetched.bytes().await.unwrap().to_vec());
}
