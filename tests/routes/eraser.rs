//! `functions/eraser`.

use std::collections::BTreeSet;

use domain::{Rng, Settings, SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use local::aws::{
    Service,
    faults::{Failure, Fault},
};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{App, Authenticator, Keyring, Person, Reply, Setup, World, plain};

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// The claims of a certificate that the published keys verify.
async fn certified(app: &App, certificate: &str) -> Value {
    let keys: JwkSet =
        serde_json::from_str(&app.get("/.well-known/permanent-keys.json").await.expect(200).text).unwrap();
    let header = jsonwebtoken::decode_header(certificate).unwrap();
    assert_eq!((header.typ.as_deref(), header.alg), (Some("erasure-certificate+jwt"), Algorithm::ES256));
    let key = DecodingKey::from_jwk(keys.find(&header.kid.unwrap()).unwrap()).unwrap();
    let mut rules = Validation::new(Algorithm::ES256);
    rules.required_spec_claims.clear();
    rules.validate_exp = false;
    jsonwebtoken::decode::<Value>(certificate, &key, &rules).unwrap().claims
}

async fn certificate(app: &App, receipt: &str) -> Reply {
    app.get(&format!("/v1/erasure/certificate?receipt={receipt}")).await
}

/// Values that nobody else in a test has, and that must be nowhere in the end.
const ADDRESSES: [&str; 3] = ["quintessa@example.com", "quintessa@new.example.com", "quintessa@wanted.example.com"];
const PHONE: &str = "+4915112345678";
const WORDS: [&str; 3] = ["Quintessa", "Featherstonehaugh", "an unguessable sentence of one"];

fn setup() -> Setup {
    let most = "1000000";
    let limits = ["LIMIT_REGISTER_PER_ADDRESS", "LIMIT_REGISTER_PER_CLIENT", "LIMIT_LOGIN_PER_ADDRESS"];
    let setup = limits.into_iter().fold(Setup::default(), |setup, name| setup.setting(name, most));
    setup.parameter("SmsCountries", "DE").setting("EMAIL_SIGN_IN", "on").operated()
}

/// Somebody who has used everything that there is, and left as much behind as anybody can: mail that
/// waits, links, codes, an address of before and one that they wanted.
async fn quintessa(app: &App) -> Person {
    let profile = json!({"given_name": WORDS[0], "family_name": WORDS[1]});
    let body = json!({"email": ADDRESSES[0], "password": WORDS[2], "profile": profile, "consents": {"product_improvement": true}});
    let transaction = app.post("/v1/register", body).await.expect(202).str("transaction");
    let code = app.code_to(ADDRESSES[0]).await;
    let reply = app.post("/v1/verify", json!({"transaction": transaction, "code": code})).await.expect(200);
    let she = Person::signed_in(ADDRESSES[0], WORDS[2], &reply);
    // Another address, that she can still go back from.
    let change = async |email: &str| {
        let body = Some(json!({"email": email}));
        she.call(app, Method::PUT, "/v1/me/email", body).await.expect(202).str("transaction")
    };
    let started = change(ADDRESSES[1]).await;
    let code = app.code_to(ADDRESSES[1]).await;
    app.post("/v1/verify", json!({"transaction": started, "code": code})).await.expect(200);
    let she = Person { email: ADDRESSES[1].to_owned(), ..she };
    // Factors of every kind.
    let mut key = Authenticator::new(&app.system.gateway_url());
    she.add_passkey(app, &mut key).await;
    let started = she.post(app, "/v1/me/factors/sms", json!({"number": PHONE})).await.expect(202).str("transaction");
    let code = app.code_to(PHONE).await;
    let body = json!({"transaction": started, "code": code});
    she.post(app, "/v1/me/factors/sms/activate", body).await.expect(201);
    let (totp, _) = she.add_totp(app).await;
    she.post(app, "/v1/me/factors/recovery-codes", json!({})).await.expect(201);
    // A session and a trusted device.
    let half = she.half_way(app).await;
    let proof = json!({"code": totp.next_code(app), "remember_device": true});
    let reply = app.mfa(&half, "totp", proof).await.expect(200);
    let she = Person::signed_in(ADDRESSES[1], WORDS[2], &reply);
    // How she wants to be written to, a consent that waits for its button, and a request by letter.
    let wanted = json!({"channels": {"email": true, "sms": false, "push": false}, "topics": [], "frequency": "weekly",
        "quiet_hours": null, "language": "en", "version": 0});
    she.call(app, Method::PUT, "/v1/me/preferences", Some(wanted)).await.expect(200);
    let agreed = json!({"granted": true, "version": 1});
    let agreed = she.call(app, Method::PUT, "/v1/me/consents/newsletter", Some(agreed)).await.expect(200);
    assert!(agreed.text.contains("\"pending\""), "{}", agreed.text);
    request(app, &she).await.expect(201);
    // From here on mail is refused for good: it is given up, and waits for somebody to send it again.
    app.settle().await;
    app.system.faults().inject(Fault::new(Failure::Refuse).function("mailer").service(Service::Ses));
    let body = Some(json!({"email": ADDRESSES[2]}));
    she.call(app, Method::PUT, "/v1/me/email", body).await.expect(202);
    app.forgotten(ADDRESSES[1]).await;
    app.passwordless(ADDRESSES[1], "code").await;
    app.post("/v1/register", json!({"email": ADDRESSES[1], "password": WORDS[2]})).await.expect(202);
    app.settle().await;
    app.system.faults().clear();
    she
}

/// Puts a request of hers on record.
async fn request(app: &App, person: &Person) -> Reply {
    let body = json!({"type": "access", "law": "gdpr", "customer": person.sub, "identified_by": WORDS[1]});
    let desk = app.operator("admin:requests").await;
    desk.call(app, Method::POST, "/v1/admin/requests", Some(body)).await
}

/// All of her values, as they would stand in plain sight.
fn values() -> Vec<&'static str> {
    ADDRESSES.into_iter().chain(WORDS).chain([PHONE]).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_is_erased_for_good_and_signs_up_again_as_somebody_new() {
    let app = App::with(setup()).await;
    let she = quintessa(&app).await;
    let bob = app.customer("bob@example.com").await;
    let asked = she.leave(&app).await.expect(202);
    let receipt = asked.str("receipt");
    certificate(&app, &receipt).await.problem(404, "not-found");
    app.settle().await;
    app.advance(DAY * 13);
    assert_eq!(
        app.erase().await.unwrap(),
        json!({"erased": 0, "awaits": 0, "held": 0, "stale": 0, "changed": 0,
        "failed": 0})
    );
    app.advance(DAY);
    // The last mail goes first.
    assert_eq!(app.erase().await.unwrap()["awaits"], 1);
    request(&app, &she).await.problem(422, "invalid-fields");
    let last = app.mail_to(&she.email).await;
    assert_eq!(last.link.as_deref(), Some(asked.str("certificate_url").as_str()));
    certificate(&app, &receipt).await.problem(404, "not-found");
    assert_eq!(app.erase().await.unwrap()["erased"], 1);

    let reply = certificate(&app, &receipt).await.expect(200);
    assert_eq!((reply.str("id"), reply.str("done_at")), (asked.str("id"), reply.str("done_at")));
    let claims = certified(&app, &reply.str("certificate")).await;
    assert_eq!((claims["sub"].clone(), claims["jti"].clone()), (json!(she.sub), asked["id"].clone()));
    assert_eq!(
        (claims["done_at"].clone(), claims["final_at"].clone()),
        (reply["done_at"].clone(), reply["final_at"].clone())
    );
    let moment = |name: &str| claims[name].as_str().unwrap().parse::<Timestamp>().unwrap();
    assert_eq!(moment("final_at").duration_since(moment("done_at")), DAY * 7);
    assert_eq!(claims["requested_by"], "customer");
    let deleted = &claims["deleted"];
    for (kind, n) in [
        ("profile", 1),
        ("email_claim", 2),
        ("credential_claim", 1),
        ("data_key", 1),
        ("consent", 2),
        ("decision", 2),
        ("preferences", 1),
        ("request", 1),
        ("open_request", 1),
    ] {
        assert_eq!(deleted[kind], n, "{kind}: {deleted}");
    }
    assert!(
        claims["remains"]["open_request"].is_null()
            && deleted["session"].as_u64().unwrap() >= 2
            && claims["remains"]["suppression"].is_string()
    );
    for wrong in [&receipt[..receipt.len() - 1], &receipt.replace(&she.sub, &bob.sub), "", "x"] {
        certificate(&app, wrong).await.problem(404, "not-found");
    }

    // The address is free, and whose it was is nobody's any more.
    app.login(&she.email, WORDS[2]).await.problem(401, "invalid-credentials");
    app.forgotten(&she.email).await;
    assert!(app.mail_to(&she.email).await.code.is_none());
    app.settle().await;
    let again = app.customer(&she.email).await;
    assert_ne!(again.sub, she.sub);
    let former = app.customer(ADDRESSES[0]).await;
    assert_ne!(former.sub, she.sub);
    bob.again(&app).await;
    app.settle().await;
    let world = World::of(&app).await;
    world.assert_sound();
    world.assert_audited();
    assert_eq!((world.sealed("erasure.begun"), world.sealed("erasure.done")), (1, 1));
    let of_her: Vec<_> = world.directory.iter().chain(&world.transient).chain(&world.vault).collect();
    // Her id is in that of a request too.
    assert!(world.directory.iter().all(|item| !item.to_string().contains(&she.sub[4..])));
    let own = format!("CUS#{}", she.sub);
    let of_her = of_her.iter().filter(|item| item["pk"]["S"] == own).count();
    assert_eq!(of_her, 0);
    assert_eq!(world.erased.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_left_in_plain_sight_and_nothing_that_a_remaining_key_opens() {
    let app = App::with(setup()).await;
    let she = quintessa(&app).await;
    let bob = app.customer("bob@example.com").await;
    let before = World::of(&app).await;
    let keys = Keyring::of(&app, &before.vault).await;
    // The test can find what there is: her profile, and mail that waits for her.
    let found = keys.opens(&[before.directory.clone(), before.outbox.clone()].concat());
    for value in [WORDS[0], ADDRESSES[1], ADDRESSES[2]] {
        assert!(found.iter().any(|text| text.contains(value)), "{value} is not even there");
    }
    let everything_before =
        [&before.directory, &before.transient, &before.outbox, &before.audit].map(Clone::clone).concat();
    assert_eq!(plain(&values(), &everything_before), Vec::<String>::new());

    she.leave(&app).await.expect(202);
    app.erase_due().await;
    let after = World::of(&app).await;
    assert_eq!((after.customers(), after.erased.len()), (BTreeSet::from([bob.sub.clone()]), 1));
    let left = Keyring::of(&app, &after.vault).await;
    let is_hers = |text: &String| text.contains(&she.sub[4..]) || values().iter().any(|value| text.contains(value));
    let mine = |keys: &Keyring, items: &[Value]| -> Vec<String> {
        let found = keys.opens(items);
        found.into_iter().filter(|text| is_hers(text)).collect()
    };
    let nothing = Vec::<String>::new();

    // Tables, streams, logs.
    let streams = app.stream_records().await;
    assert!(streams.len() > 50, "{}", streams.len());
    let tables = [&after.directory, &after.transient, &after.outbox, &after.vault, &after.audit, &after.erased];
    for stored in tables.into_iter().chain([&streams]) {
        assert_eq!(mine(&left, stored), nothing);
        assert_eq!(plain(&values(), stored), nothing);
    }
    assert!(left.opens(&after.directory).iter().any(|text| text.contains("bob@example.com")), "Bob's opens");
    for line in app.log() {
        assert!(values().iter().all(|value| !line.contains(value)), "{line}");
    }

    // `directory` restored alone, to before.
    let directory = app.restored("copy-directory", &before.directory).await;
    let copy = app.items(&directory).await;
    assert_eq!((mine(&left, &copy), plain(&values(), &copy)), (nothing.clone(), nothing.clone()));
    assert!(left.opens(&copy).iter().any(|text| text.contains("bob@example.com")));

    // Everything restored within the vault's window, before the replay and after it.
    let vault = app.restored("copy-vault", &before.vault).await;
    let audit = app.restored("copy-audit", &before.audit).await;
    let restored = Keyring::of(&app, &app.items(&vault).await).await;
    assert!(!mine(&restored, &copy).is_empty(), "without the replay she would be back");
    let copies = restore::Copies {
        erased: app.system.table("Erased"),
        directory: Some(directory.clone()),
        vault: Some(vault.clone()),
        ..restore::Copies::default()
    };
    let report = replay(&app, &copies).await.unwrap();
    assert_eq!((report.erased, report.passes, report.waiting.len()), (1, 2, 0));
    let hers = before.directory.iter().chain(&before.vault).filter(|item| is_hers(&item.to_string())).count();
    assert_eq!(report.deleted, u64::try_from(hers).unwrap());
    let replayed = Keyring::of(&app, &app.items(&vault).await).await;
    for table in [&directory, &vault, &audit] {
        let items = app.items(table).await;
        assert_eq!((mine(&replayed, &items), plain(&values(), &items)), (nothing.clone(), nothing.clone()), "{table}");
    }
    let items = app.items(&directory).await;
    assert!(items.iter().all(|item| !item.to_string().contains(&she.sub[4..])), "not even claims");
    assert!(replayed.opens(&items).iter().any(|text| text.contains("bob@example.com")), "Bob is as he was");
    // A second replay finds nothing, in one pass.
    let again = replay(&app, &copies).await.unwrap();
    assert_eq!((again.deleted, again.passes), (0, 1));

    // Everything restored after the window: the vault's oldest state is one without her key.
    let late = app.restored("copy-late", &after.vault).await;
    let late = Keyring::of(&app, &app.items(&late).await).await;
    let old = app.restored("copy-old", &before.directory).await;
    assert_eq!(mine(&late, &app.items(&old).await), nothing);
}

async fn replay(app: &App, copies: &restore::Copies) -> Result<restore::Report, restore::RestoreError> {
    let settings = Settings::new([
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "operator"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_ENDPOINT_URL", app.system.aws_url().as_str()),
    ]);
    let now = Timestamp::from_second(app.now()).unwrap();
    restore::replay(copies, &settings, &Rng::seeded([44; 32]), now).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_nobody_understands_does_not_serve_and_one_with_waiting_erasures_says_so() {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    let bob = app.customer("bob@example.com").await;
    bob.leave(&app).await.expect(202);
    let before = World::of(&app).await;
    ada.leave(&app).await.expect(202);
    app.stay(&bob.at_the_door(&app).await).await.expect(204);
    app.erase_due().await;
    let copies = |directory: Option<String>| restore::Copies {
        erased: app.system.table("Erased"),
        directory,
        ..restore::Copies::default()
    };
    replay(&app, &copies(None)).await.unwrap_err();
    let table = app.restored("copy", &before.directory).await;
    let report = replay(&app, &copies(Some(table.clone()))).await.unwrap();
    let waiting: Vec<_> = report.waiting.iter().map(ToString::to_string).collect();
    assert_eq!(waiting, [bob.sub], "Bob's stands in the copy, and he has withdrawn it since");
    let odd = json!({"TableName": table, "Item": {"pk": {"S": format!("CUS#{}", ada.sub)}, "sk": {"S": "NOVELTY"}}});
    app.system.operate(Service::DynamoDb, "PutItem", odd).await.unwrap();
    let refused = replay(&app, &copies(Some(table))).await.unwrap_err();
    assert!(refused.to_string().contains("1 items are of a kind"), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_decided_since_the_backup_is_listed_for_whoever_restores() {
    let app = App::with(setup()).await;
    let (ada, bob, eve) = (
        app.customer("ada@example.com").await,
        app.customer("bob@example.com").await,
        app.customer("eve@example.com").await,
    );
    let desk = app.operator("admin:erasure").await;
    let hold = async |customer: &str, tell: bool| {
        let body = json!({"reason": "Claim 4711.", "until": "2027-06-01T00:00:00Z", "tell": tell});
        let path = format!("/v1/admin/customers/{customer}/holds");
        desk.call(&app, Method::POST, &path, Some(body)).await.expect(201).str("id")
    };
    let decide = async |person: &Person, body: Value| {
        person.call(&app, Method::PUT, "/v1/me/consents/product_improvement", Some(body)).await.expect(200);
    };
    let first = hold(&ada.sub, true).await;
    decide(&bob, json!({"granted": true, "version": 1})).await;
    app.settle().await;
    app.advance(SignedDuration::from_mins(3));
    let (before, since) = (World::of(&app).await, Timestamp::from_second(app.now()).unwrap());
    app.advance(SignedDuration::from_mins(3));

    decide(&bob, json!({"granted": false})).await;
    app.advance(SignedDuration::from_secs(1));
    hold(&bob.sub, false).await;
    app.advance(SignedDuration::from_secs(1));
    let path = format!("/v1/admin/customers/{}/holds/{first}", ada.sub);
    desk.call(&app, Method::DELETE, &path, None).await.expect(204);
    app.advance(SignedDuration::from_secs(1));
    eve.again(&app).await.leave(&app).await.expect(202);
    app.settle().await;
    let copies = restore::Copies {
        erased: app.system.table("Erased"),
        directory: Some(app.restored("copy", &before.directory).await),
        audit: Some(app.system.table("Audit")),
        since: Some(since),
        ..restore::Copies::default()
    };
    let listed = async |copies: &restore::Copies| -> Vec<(String, String)> {
        let decided = replay(&app, copies).await.unwrap().decided;
        let of = |act: &domain::Act| (json!(act.kind).as_str().unwrap().to_owned(), act.subject.unwrap().to_string());
        decided.iter().map(of).collect()
    };
    let of = |kind: &str, person: &Person| (kind.to_owned(), person.sub.clone());
    let others = [of("consent.withdrawn", &bob), of("hold.placed_untold", &bob), of("hold.lifted", &ada)];
    assert_eq!(listed(&copies).await, [others.as_slice(), &[of("erasure.requested", &eve)]].concat());
    // Who was erased since is no longer there to be seen to.
    app.erase_due().await;
    assert_eq!(listed(&copies).await, others);
    assert_eq!(listed(&restore::Copies { audit: None, since: None, ..copies }).await, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whose_erasure_had_begun_when_the_directory_was_lost_is_erased_to_the_end() {
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    app.settle().await;
    let before = World::of(&app).await;
    let receipt = ada.leave(&app).await.expect(202).str("receipt");
    app.settle().await;
    app.advance(DAY * 14);
    assert_eq!(app.erase().await.unwrap()["awaits"], 1);
    let copies = restore::Copies {
        erased: app.system.table("Erased"),
        directory: Some(app.restored("copy", &before.directory).await),
        ..restore::Copies::default()
    };
    let report = replay(&app, &copies).await.unwrap();
    assert!(report.deleted > 0);
    // Done again it finds nothing, and what it wrote is not hers to be deleted.
    assert_eq!(replay(&app, &copies).await.unwrap().deleted, 0);

    // The copy serves.
    let (live, copy) = (World::of(&app).await.directory, app.items("copy").await);
    let table = app.system.table("Directory");
    for item in &live {
        let key = json!({"pk": item["pk"], "sk": item["sk"]});
        let delete = json!({"TableName": table, "Key": key});
        app.system.operate(Service::DynamoDb, "DeleteItem", delete).await.unwrap();
    }
    for item in &copy {
        let put = json!({"TableName": table, "Item": item});
        app.system.operate(Service::DynamoDb, "PutItem", put).await.unwrap();
    }
    app.settle().await;
    assert_eq!(app.erase().await.unwrap()["erased"], 1);
    app.settle().await;
    certificate(&app, &receipt).await.expect(200);
    let world = World::of(&app).await;
    assert_eq!((world.customers().len(), world.sealed("erasure.done")), (0, 1));
    assert!(!world.directory.iter().chain(&world.vault).any(|item| item.to_string().contains(&ada.sub[4..])));
    assert_eq!(app.erase().await.unwrap()["erased"], 0);
}

/// Everything but times and ids that are new each time.
fn end(world: &World, person: &Person) -> (usize, usize, usize, Value) {
    let tombstone = world.erased.iter().find(|item| item["pk"]["S"] == format!("CUS#{}", person.sub)).unwrap();
    let names = |item: &Value| item.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    let counts: Value = serde_json::from_str(tombstone["counts"]["S"].as_str().unwrap()).unwrap();
    let of = |items: &[Value]| items.iter().filter(|item| item.to_string().contains(&person.sub)).count();
    assert!(tombstone["certificate"].is_object() && tombstone["mail"].is_null(), "{tombstone}");
    (of(&world.directory), of(&world.vault), names(tombstone).len(), counts)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_is_killed_at_any_step_and_run_again_ends_the_same() {
    let kills = [Failure::FailBefore, Failure::FailAfter].map(async |failure| {
        let app = App::with(setup()).await;
        let mut expected = None;
        let mut kills = 0;
        // From the nth call on nothing answers any more: the run ends there, whatever it was doing.
        for n in 0.. {
            let person = app.customer(&format!("guest{n:03}@example.com")).await;
            let mut key = Authenticator::new(&app.system.gateway_url());
            person.add_passkey(&app, &mut key).await;
            person.leave(&app).await.expect(202);
            app.settle().await;
            app.advance(DAY * 14);
            let mut struck = 0;
            // Killed in each of its two halves: until the last mail is queued, and after it is sent.
            for half in 0..2 {
                if n > 0 {
                    app.system.restart_function("eraser");
                    app.system.faults().inject(Fault::new(failure).function("eraser").nth(n));
                    let _ = app.erase().await;
                    struck += app.system.faults().struck();
                    app.system.faults().clear();
                    if half == 0 {
                        World::of(&app).await.assert_sound();
                    }
                }
                app.erase().await.unwrap();
                app.settle().await;
            }
            app.erase().await.unwrap();
            app.settle().await;
            let world = World::of(&app).await;
            world.assert_sound();
            world.assert_audited();
            let end = end(&world, &person);
            assert_eq!((end.0, end.1), (0, 0), "call {n}, {failure:?}");
            assert_eq!(expected.get_or_insert_with(|| end.clone()), &end, "call {n}, {failure:?}");
            let last = app.mails().await.into_iter().filter(|mail| mail.to == person.email);
            let last =
                last.filter(|mail| mail.link.as_deref().is_some_and(|link| link.contains("certificate"))).count();
            assert_eq!(last, 1, "one last mail, call {n}, {failure:?}");
            let done = world.audit.iter().filter(|item| {
                let body = item["body"]["S"].as_str().unwrap_or_default();
                body.contains("\"erasure.done\"") && body.contains(&person.sub)
            });
            assert_eq!(done.count(), 1, "call {n}, {failure:?}");
            if n > 0 && struck == 0 {
                break;
            }
            kills += 1;
        }
        assert!(kills > 30, "{kills} steps");
    });
    futures_util::future::join_all(kills).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_that_meet_end_the_same() {
    let app = App::with(setup()).await;
    let mut people = Vec::new();
    for n in 0..6 {
        let person = app.customer(&format!("guest{n}@example.com")).await;
        person.leave(&app).await.expect(202);
        people.push(person);
    }
    app.settle().await;
    app.advance(DAY * 14);
    for _ in 0..3 {
        let runs = futures_util::future::join_all((0..4).map(|_| app.erase())).await;
        assert!(runs.iter().all(Result::is_ok), "{runs:?}");
        app.settle().await;
    }
    let world = World::of(&app).await;
    world.assert_sound();
    world.assert_audited();
    assert_eq!((world.customers().len(), world.erased.len()), (0, 6));
    assert_eq!((world.queued("erased"), world.sealed("erasure.begun"), world.sealed("erasure.done")), (6, 6, 6));
    let ends: Vec<_> = people.iter().map(|person| end(&world, person)).collect();
    assert!(ends.iter().all(|end| *end == ends[0]), "{ends:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_with_an_item_that_nobody_knows_is_not_half_erased() {
    let app = App::with(setup()).await;
    let (ada, bob) = (app.customer("ada@example.com").await, app.customer("bob@example.com").await);
    for person in [&ada, &bob] {
        person.leave(&app).await.expect(202);
    }
    let key = json!({"pk": {"S": format!("CUS#{}", ada.sub)}, "sk": {"S": "NOVELTY"}});
    let odd = json!({"TableName": app.system.table("Directory"), "Item": key});
    app.system.operate(Service::DynamoDb, "PutItem", odd).await.unwrap();
    app.settle().await;
    app.advance(DAY * 14);
    let error = app.erase().await.unwrap_err();
    assert!(error.contains("no known kind"), "{error}");
    assert!(app.log().iter().any(|line| line.contains("not erased") && line.contains(&ada.sub)));
    assert!(app.log().iter().any(|line| line.contains("\"ErasuresFailed\":1")));
    app.settle().await;
    app.erase().await.unwrap_err();
    // Bob is gone all the same; of Ada nothing is.
    let world = World::of(&app).await;
    assert_eq!(world.customers(), BTreeSet::from([ada.sub.clone()]));
    ada.at_the_door(&app).await;
    let gone = json!({"TableName": app.system.table("Directory"), "Key": key});
    app.system.operate(Service::DynamoDb, "DeleteItem", gone).await.unwrap();
    app.erase().await.unwrap();
    app.settle().await;
    app.erase().await.unwrap();
    assert!(World::of(&app).await.customers().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_last_mail_that_cannot_be_sent_holds_nothing_up_for_long() {
    // Refused for good: it is given up, and the run goes on.
    let app = App::with(setup()).await;
    let ada = app.customer("ada@example.com").await;
    ada.leave(&app).await.expect(202);
    app.settle().await;
    app.system.faults().inject(Fault::new(Failure::Refuse).function("mailer").service(Service::Ses));
    app.erase_due().await;
    app.system.faults().clear();
    let world = World::of(&app).await;
    world.assert_sound();
    assert_eq!(world.customers().len(), 0);
    assert!(world.outbox.iter().all(|item| item["body"].is_null()), "nothing waits");

    // Away for long: a day is enough.
    let bob = app.customer("bob@example.com").await;
    bob.leave(&app).await.expect(202);
    app.settle().await;
    app.system.faults().down(Service::Ses);
    app.erase_due().await;
    assert_eq!(World::of(&app).await.customers().len(), 1);
    app.advance(DAY);
    app.erase().await.unwrap();
    app.system.faults().clear();
    let world = World::of(&app).await;
    world.assert_sound();
    assert_eq!(world.customers().len(), 0);
    assert!(world.outbox.iter().all(|item| item["body"].is_null()), "nothing waits");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn customers_who_are_not_seen_are_told_told_again_and_erased() {
    let app = App::with(setup().parameter("InactiveDays", "400")).await;
    let (ada, bob) = (app.customer("ada@example.com").await, app.customer("bob@example.com").await);
    app.settle().await;
    // As the schedules would, every five days; sessions go when their time is over.
    let days = async |n: i32| {
        for _ in 0..n / 5 {
            app.advance(DAY * 5);
            sweep(&app).await;
            app.system.invoke("eraser", json!({"portico": "inactive"})).await.unwrap();
            app.erase().await.unwrap();
            app.settle().await;
        }
    };
    let told = async |person: &Person| {
        let mails = app.mails().await;
        mails.iter().filter(|mail| mail.to == person.email && mail.text.contains("Do you still need")).count()
    };
    days(330).await;
    assert_eq!((told(&ada).await, told(&bob).await), (0, 0));
    days(15).await;
    assert_eq!((told(&ada).await, told(&bob).await), (1, 1));
    // Bob comes back, and is not bothered any more.
    bob.again(&app).await;
    days(30).await;
    assert_eq!((told(&ada).await, told(&bob).await), (2, 1));
    days(20).await;
    ada.again(&app).await;
    days(10).await;
    assert_eq!(World::of(&app).await.customers().len(), 2, "Ada came back at the last moment");
    days(345).await;
    assert_eq!((told(&ada).await, told(&bob).await), (3, 3));
    days(50).await;
    World::of(&app).await.assert_sound();
    // They have the same time to change their minds as anybody.
    ada.at_the_door(&app).await;
    days(20).await;
    let world = World::of(&app).await;
    assert_eq!((world.customers().len(), world.erased.len()), (0, 2));
    assert_eq!(world.sealed("customer.inactive"), 7);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_seen_is_told_of_a_hold_of_which_they_may_know() {
    let app = App::with(setup().parameter("InactiveDays", "180")).await;
    let (ada, bob) = (app.customer("ada@example.com").await, app.customer("bob@example.com").await);
    let desk = app.operator("admin:erasure").await;
    for (person, until, tell) in [(&ada, "2029-03-01T00:00:00Z", true), (&bob, "2029-04-01T00:00:00Z", false)] {
        let path = format!("/v1/admin/customers/{}/holds", person.sub);
        let body = json!({"reason": "Claim 4711.", "until": until, "tell": tell});
        desk.call(&app, Method::POST, &path, Some(body)).await.expect(201);
    }
    let notices = async |person: &Person, subject: &str| {
        let mails = app.mails().await;
        let mine = mails.into_iter().filter(|mail| mail.to == person.email && mail.subject.contains(subject));
        mine.map(|mail| mail.text).collect::<Vec<_>>()
    };
    app.settle().await;
    for days in [1, 120, 31, 31] {
        app.advance(DAY * days);
        app.system.invoke("eraser", json!({"portico": "inactive"})).await.unwrap();
    }
    for (subject, times) in [("Do you still need", 2), ("going to be erased", 1)] {
        let (told, untold) = (notices(&ada, subject).await, notices(&bob, subject).await);
        assert_eq!((told.len(), untold.len()), (times, times), "{subject}");
        assert!(told.iter().all(|text| text.contains("On hold until: 1 March 2029, 00:00 UTC")), "{told:?}");
        assert!(untold.iter().all(|text| !text.contains("hold") && !text.contains("2029")), "{untold:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_comes_for_five_minutes_at_a_time_is_seen() {
    let app = App::with(setup().parameter("InactiveDays", "180").parameter("SessionIdleSeconds", "300")).await;
    let (ada, bob) = (app.customer("ada@example.com").await, app.customer("bob@example.com").await);
    for day in 0..220 {
        if day % 25 == 0 {
            ada.again(&app).await;
        }
        app.advance(DAY);
        if day % 4 == 3 {
            sweep(&app).await;
            app.system.invoke("eraser", json!({"portico": "inactive"})).await.unwrap();
            app.settle().await;
        }
    }
    let mails = app.mails().await;
    let told = |person: &Person| {
        mails.iter().filter(|mail| mail.to == person.email && mail.text.contains("Do you still need")).count()
    };
    assert_eq!((told(&ada), told(&bob)), (0, 2));
    ada.again(&app).await;
    bob.at_the_door(&app).await;
}

/// Deletes the sessions whose time is over, as DynamoDB would.
async fn sweep(app: &App) {
    for item in app.system.dump("Transient").await.unwrap() {
        let ttl: i64 = item["ttl"]["N"].as_str().and_then(|ttl| ttl.parse().ok()).unwrap_or(i64::MAX);
        if item["sk"]["S"].as_str().unwrap().starts_with("SES#") && ttl < app.now() {
            let key = json!({"pk": item["pk"], "sk": item["sk"]});
            let delete = json!({"TableName": app.system.table("Transient"), "Key": key});
            app.system.operate(Service::DynamoDb, "DeleteItem", delete).await.unwrap();
        }
    }
}
